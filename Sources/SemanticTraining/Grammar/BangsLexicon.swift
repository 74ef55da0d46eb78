extension AttributeLexicon {
    static let bangs = AttributeLexicon(
        noun: "({P}|the|the|those|these) (bangs|bangs|fringe|bang|forehead hair|hair on the forehead)",
        bareNoun: "(bangs|bangs|bang|fringe|hair (on|over|across) the forehead)",
        qualifiedNoun: "({X} bangs|{X} bangs|a {X} fringe|bangs that are {X})",
        have: "(have|wear|get|grow|sport|keep)",
        up: Wording(
            qualities: [
                "{more} longer", "{more} (fuller|thicker|denser|lower|heavier|bigger)",
                "{more} more (obvious|visible|noticeable|prominent|pronounced)", "{more} more (of a fringe|grown out)",
            ],
            things: [
                "(bangs|a fringe|some bangs|(a|some) forehead fringe|hair over {P} forehead)", "{very} more bangs",
                "{very} more (fringe|hair (on|over) the forehead)",
            ],
            states: [
                "let {P} (bangs|fringe) grow {by}", "cover {more} more of {P} forehead", "hide {more} more forehead",
            ],
            actions: [
                "(lengthen|extend|grow|grow out|elongate|increase|enlarge) {N} {by}", "add (bangs|a fringe|some bangs)",
                "add {very} more (bangs|fringe)", "cover {more} more of (the|{P}) forehead with hair",
                "bring {N} {more} further down", "show {more} less of (the|{P}) forehead",
                "(make|let) {N} cover {more} more (of the|of {P}|) forehead",
                "increase the (length|amount|size) of {N} {by}",
                "(put|place|draw) (bangs|a fringe|some bangs) on ({P}|the) (forehead|face)",
            ],
            remarks: [
                "{N} (look|looks|seem|are|is) {too} short",
                "(the|{P}) forehead (is|looks) {too} (exposed|bare|visible)",
                "{N} (is|are) not long enough", "too much forehead is showing", "{N} should cover {more} more",
                "I (can see|see) {too} much forehead", "{N} (could|should|can) use {more} more length",
            ]
        ),
        down: Wording(
            qualities: [
                "{more} shorter", "{more} (thinner|lighter|higher|sparser|smaller)",
                "{more} less (obvious|visible|noticeable|prominent|pronounced|heavy|long|thick)",
            ],
            things: ["{very} (fewer|less) bangs", "{very} less fringe", "{very} less hair on the forehead"],
            states: ["show {more} more (of {P} |)forehead", "have {N} (trimmed|cut|shortened) {by}"],
            actions: [
                "(shorten|trim|cut|clip|reduce|decrease|snip|crop) {N} {by}",
                "(reveal|expose|uncover|show) {more} more of (the|{P}) forehead", "take {N} up {by}",
                "reduce the (length|amount|size) of {N} {by}", "(give {N} a trim|cut {N} back) {by}",
                "(make|let) {N} cover {more} less of (the|{P}) forehead", "thin {N} out {by}",
            ],
            remarks: [
                "{N} (look|looks|seem|are|is) {too} (long|thick|heavy|low|much)", "{N} (cover|hide|covers) {too} much",
                "I (can't|cannot) see enough of (the|{P}) forehead", "{N} (is|are) not short enough",
                "{N} (need|needs|could use) a trim", "{N} hang {too} low",
            ]
        ),
        most: Wording(
            qualities: [
                "as long as (possible|can be|you can)", "the longest possible", "(maximally|infinitely) longer",
            ],
            things: ["the longest (bangs|fringe) (possible|you can do|there is)", "as (much|many) bangs as possible"],
            actions: [
                "(lengthen|grow|extend) {N} (as much as (possible|you can)|to the (maximum|max|limit)|all the way)",
                "maximise the (bangs|fringe)", "add (very|really|extremely) long (bangs|fringe)",
                "add as (much|many) bangs as (possible|you can)",
            ],
            remarks: ["{S} {has} extremely long bangs", "{S} {has} a very long fringe"]
        ),
        none: Wording(
            actions: [
                "(remove|delete|erase|take away|get rid of|eliminate|lose|drop|take off|cut off|cut away) "
                    + "{N} (completely|entirely|totally|altogether|fully||||)",
                "(remove|cut|chop) {N} off", "make {N} (disappear|vanish|go away)",
            ],
            remarks: [
                "I (don't|do not) (like|love|want|need|like|like) {N} (at all||)",
                "I (don't|do not) (want|need) (any|to see any) (bangs|fringe) (at all|)",
                "I (hate|dislike|can't stand) {N}",
                "no more bangs",
                "{N} (has|have) to go", "{N} (look|looks) (bad|awful|terrible|silly|ugly) on {O}", "away with {N}",
                "{S} {does} not (look good with|need) (bangs|a fringe|{N})",
            ]
        ),
        hardly: Wording(
            qualities: ["(almost|nearly|practically) (gone|invisible|removed)"],
            actions: [
                "make {N} (almost|nearly|practically) (vanish|disappear)", "(almost|nearly) remove {N}",
                "cut (most|nearly all|almost all) of {N}",
            ]
        ),
        targets: [
            Wording(
                things: [
                    "no (bangs|fringe)", "no (bangs|fringe|hair) (at all|whatsoever)", "no hair (on|over) the forehead",
                    "(a|an) (bare|completely bare|clear|uncovered|naked|fully visible|exposed) forehead",
                    "hair (pulled|combed|swept|brushed|slicked) back (from the forehead|)",
                ],
                states: [
                    "not have (any|) (bangs|fringe)", "have no (bangs|fringe)", "not wear (bangs|a fringe)",
                    "show {P} (whole|entire|full|bare|complete) forehead", "be without (bangs|a fringe)",
                    "have {P} hair (pulled|combed|swept|brushed) back",
                ],
                actions: [
                    "(leave|keep) (the|{P}) forehead (bare|uncovered|free|clear|fully visible)",
                    "show the (entire|whole) forehead",
                    "(comb|brush|sweep|pull) the hair (back|away from the forehead)",
                ],
                remarks: [
                    "there should be no (bangs|fringe)",
                    // It is there and should not be: unlike a smile, which is made less of.
                    "{N} (look|looks|is|are) (bad|awful|terrible|silly|ugly|wrong|odd)(, so |, please |, |: )(remove|delete|erase|drop|take away|get rid of|lose) (it|them)",
                    "{N} (do|does) not (suit|become) {O}(, so |, please |, |: )(remove|delete|erase|drop|take away|get rid of|lose) (it|them)",
                    "(remove|delete|take away|cut) all (of |)(the|{P}) (bangs|fringe)",
                    "{S} (shouldn't|should not) have (any|) (bangs|fringe)",
                    "(the|{P}) (whole|entire|full) forehead (should|must|needs to) be (visible|exposed|uncovered|seen)",
                    "{N} (shouldn't|should not) (exist|be there|be visible)",
                    "{S} without (bangs|a fringe|any bangs)",
                    "I want (to see |)(the|{P}) (entire|whole|full|complete) forehead (visible|uncovered|exposed|)",
                    "(nothing|no hair) should (cover|be on) (the|{P}) forehead",
                ]
            ),
            Wording(
                qualities: [
                    "(very|really|super|extremely|quite) short", "tiny", "(barely|hardly|just) (there|visible)",
                    "(very|really) (small|short and light)",
                ],
                things: [
                    "(very|really|super|extremely|tiny|ultra) short (bangs|bangs|bangs|forehead hair)",
                    "a (very|really) short fringe",
                    "(micro|baby|tiny) (bangs|fringe)",
                    "bangs (that|which) (only|just|barely) cover a (tiny|very small|minimal) (part|bit|"
                        + "portion) of the forehead",
                    "bangs of (very short|minimal) length", "(just a hint|only a trace|a touch) of bangs",
                ],
                states: ["have (very|extremely|really) short bangs"],
                actions: ["cover (just|only) a (tiny|very small) (part|bit|area) of the forehead"],
                remarks: ["{N} should (only|just|barely) cover a (tiny|very small) (part|bit|area) of the forehead"]
            ),
            Wording(
                qualities: ["short", "(fairly|rather|kept|relatively) short", "short and (neat|choppy)"],
                things: [
                    "short bangs", "a short fringe", "(rather|fairly|relatively) short bangs", "bangs of short length",
                    "bangs (that|which) cover (a small part|a quarter|a third|a little) of the forehead",
                    "bangs (that|which) leave most of the forehead (visible|uncovered|free|bare)",
                ],
                states: ["have short bangs", "wear short bangs"],
                actions: ["leave most of the forehead (visible|uncovered)", "cover a small part of the forehead"],
                remarks: [
                    "{N} should (leave most of the forehead visible|cover a small (part|portion) of the forehead)",
                    "most of the forehead should (be visible|remain visible|show)",
                ]
            ),
            Wording(
                qualities: [
                    "medium(-| )length", "(medium|medium long|mid-length)", "of (medium|average|moderate) length",
                ],
                things: [
                    "medium(-| |)length bangs", "a (medium|medium-length|mid-length) fringe", "(medium|average) bangs",
                    "bangs of (medium|average|moderate|normal) length", "(mid-length|medium-sized|moderate) bangs",
                    "bangs (that|which) (cover|hide|go down) half (of the|the|of {P}) forehead",
                    "bangs (that|which) leave half (of |)(the|{P}) forehead (free|bare|clear|in view)",
                    "bangs that reach (the middle of the forehead|halfway down the forehead)",
                    "bangs neither (short nor long|long nor short)", "bangs in the middle between long and short",
                ],
                states: ["have medium bangs", "have (mid-length|medium-length) bangs"],
                actions: [
                    "cover half (of|) (the|{P}) forehead", "cover {P} forehead (halfway|half way)",
                    "(leave|keep) (one |)half (of |)(the|{P}) forehead (free|bare|clear|in view)",
                ],
                remarks: [
                    "{N} should (cover|hide) half (of|) (the|{P}) forehead",
                    "{N} should (reach|end at|stop at) the middle of the forehead",
                ]
            ),
            Wording(
                qualities: [
                    "long", "(fairly|rather|quite) long", "long and (full|straight|wispy)", "just above the brows",
                ],
                things: [
                    "long bangs", "a long fringe", "(fairly|rather|quite) long bangs", "bangs of long length",
                    "long bangs that (stop short of|end above|leave free) {P} (brows|eyebrows)",
                    "bangs (that|which) cover (most|the greater part|almost all|nearly all) of the forehead",
                    "(long|quite long) (bangs|hair over the forehead)(,|) but (not|never) (over|down to|past) the (brows|eyes)",
                    "long bangs (that|which) (do not|don't|still do not) (quite |)(reach the brows|hide all of {P} "
                        + "forehead|take up the whole forehead)",
                    "long (bangs|fringe) with (some|a bit of) forehead (still |)(showing|free|left)",
                    "bangs (just above|almost to|nearly down to) the (brows|eyebrows)",
                    "bangs (that|which) (almost|nearly) (reach|touch) (the|{P}) (brows|eyebrows)",
                ],
                states: ["have long bangs", "wear long bangs"],
                actions: ["cover most of (the|{P}) forehead", "cover (nearly|almost) all of (the|{P}) forehead"],
                remarks: [
                    "{N} should (cover most of the forehead|leave only a small part of the forehead uncovered)",
                    "{N} should (nearly|almost) (reach|touch) the (brows|eyebrows)",
                ]
            ),
            Wording(
                qualities: [
                    "(very|really|super|extremely|exceptionally) long", "down to the (eyes|brows|eyebrows)",
                    "over the (brows|eyebrows|eyes)", "so long that they (touch|cover|reach) the (brows|eyes|eyebrows)",
                ],
                things: [
                    "(very|really|super|extremely) long bangs", "a (very|really) long fringe",
                    "bangs (over|past|below|down to|reaching|covering|touching|hiding) (the|{P}) (brows|eyebrows|eyes)",
                    "(a fringe|bangs) (that|which) (covers|cover|hide|reach|touch) the (eyes|brows|eyebrows)",
                    "bangs (that|which) cover the (entire|whole|complete|full) forehead", "eyebrow-length bangs",
                ],
                states: ["have bangs (over|down to|covering) {P} (eyebrows|brows|eyes)"],
                actions: [
                    "cover the (whole|entire|complete|full) forehead (with (hair|bangs)|)",
                    "cover {P} (eyebrows|brows)",
                    "cover the forehead (entirely|completely|fully)",
                ],
                remarks: [
                    "{N} should (cover|hide|reach|touch|go over|fall over) (the|{P}) (brows|eyebrows|eyes)",
                    "{N} should cover the (entire|whole|full) forehead",
                    "(nothing|none) of the forehead should be (visible|seen)",
                ]
            ),
        ],
        implied: [
            ["I want to see {P} forehead", "{P} face should be free of hair"],
            ["(much|most) of {P} forehead should (stay visible|show)", "we (can|should) see most of the forehead"],
            ["(much|a good part) of {P} forehead should (stay visible|show)"],
            ["some of {P} forehead should (stay visible|show)", "{N} should not (touch|come near) {P} brows"],
            [
                "{P} forehead should hardly show", "(leave|keep) {P} (brows|eyebrows) free",
                "(do not|don't) let {N} (hide|touch) {P} (brows|eyes)", "{N} should not cover all of {P} forehead",
            ],
            ["{P} forehead should not (show|be visible)", "{N} should hide {P} forehead"],
        ]
    )
}
