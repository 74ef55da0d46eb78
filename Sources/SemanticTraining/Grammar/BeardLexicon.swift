extension AttributeLexicon {
    static let beard = AttributeLexicon(
        noun: "({P}|the|the|that|this) (beard|beard|facial hair|whiskers|goatee|moustache)",
        bareNoun: "(beard|beard|facial hair|whiskers)",
        qualifiedNoun: "(a {X} beard|a {X} beard|{X} facial hair|{X} whiskers)",
        have: "(have|wear|grow|get|sport)",
        up: Wording(
            qualities: [
                "{more} longer", "{more} (fuller|thicker|bushier|denser|bigger|heavier|larger|fluffier)",
                "{more} more (obvious|visible|noticeable|prominent|pronounced|grown out)",
            ],
            things: [
                "(a beard|some (facial hair|beard|whiskers)|facial hair|a goatee|a moustache|a mustache)",
                "{very} more (beard|facial hair|whiskers|hair on {P} (chin|cheeks|face))",
            ],
            states: [
                "grow (a beard|some facial hair|facial hair)", "be {more} (hairier|more bearded|beardier)",
                "be bearded",
                "grow {P} beard (out |){by}", "let {P} beard grow {by}", "stop shaving",
            ],
            actions: [
                "(lengthen|extend|grow|thicken|increase|enlarge|grow out|fill out) {N} {by}",
                "add (a beard|some (facial hair|beard)|facial hair|a goatee|a moustache)",
                "add {very} more (beard|facial hair)", "(put|draw|place) a beard on ({O}|{P} (chin|face))",
                "increase the (length|amount|size|thickness) of {N} {by}", "let {N} grow {by}",
            ],
            remarks: [
                "{N} (looks|seems|is) {too} (short|thin|sparse|light|small)", "{N} is not (long|thick|full|big) enough",
                "{P} (chin|face) (looks|is) {too} (smooth|bare)", "{S} {has} {too} little (beard|facial hair)",
                "{N} (could|should|can) use {more} more (volume|length)",
                "{S} would look (good|better|great|manlier|cool) with a beard",
            ]
        ),
        down: Wording(
            qualities: [
                "{more} shorter", "{more} (thinner|lighter|sparser|smaller|neater|tidier)",
                "{more} less (obvious|visible|noticeable|prominent|pronounced|bushy|thick|long|full|heavy)",
            ],
            things: ["{very} less (beard|facial hair|whiskers|hair on {P} (chin|cheeks|face))"],
            states: ["be {more} less (hairy|bearded)", "have {N} (trimmed|shortened) {by}", "trim {P} beard {by}"],
            actions: [
                "(shorten|trim|cut|clip|reduce|decrease|snip|crop|thin out|cut back|trim down) {N} {by}",
                "reduce the (length|amount|size|thickness) of {N} {by}", "give {N} a trim", "tidy up {N} {by}",
            ],
            remarks: [
                "{N} (looks|seems|is) {too} (long|thick|bushy|big|full|much|heavy|messy|obvious)",
                "{N} is not (short|thin|neat) enough", "{S} {has} {too} much (beard|facial hair)",
                "{N} (needs|could use) a trim", "{N} (covers|hides) {too} much of {P} (face|chin)",
            ]
        ),
        most: Wording(
            qualities: [
                "as (long|thick|bushy|full|big) as (possible|can be)", "the (longest|bushiest|fullest) possible",
            ],
            things: ["the (longest|bushiest|biggest|fullest) beard (possible|you can do|there is|ever)"],
            states: ["grow as much beard as possible"],
            actions: [
                "(lengthen|grow|extend) {N} (as much as (possible|you can)|to the (maximum|max|limit)|all the way)",
                "add as much (beard|facial hair) as (possible|you can)",
                "add (a |)((very|really|extremely) (long|thick|bushy|big)|full|huge|massive) (beard|facial "
                    + "hair)( to {P} (face|chin)|)",
                "add (a |some |)full (beard|facial hair)",

            ],
            remarks: [
                "{S} {has} a (very|really|extremely) (bushy|full|long|thick) beard",
                "{S} {has} a (huge|giant|massive|enormous) beard",
            ]
        ),
        none: Wording(
            states: ["shave (off {P} beard|{P} beard off|it all off)", "lose the (beard|facial hair)"],
            actions: [
                "(remove|delete|erase|take away|get rid of|eliminate|lose|drop|shave off|cut off|shave|"
                    + "ditch) {N} (completely|entirely|totally|altogether|fully||||)",
                "shave {N} off", "shave {O}", "make {N} (disappear|vanish|go away)", "give {O} a (clean |)shave",
            ],
            remarks: [
                "I (don't|do not) (like|love|want|need|like|like) {N} (at all||)",
                "I (don't|do not) (want|need) (any|to see any) (beard|facial hair) (at all|)",
                "I (hate|dislike|can't stand) {N}",
                "no more beard",
                "{N} has to go", "{N} looks (bad|awful|terrible|silly|ugly) on {O}", "away with {N}",
                "{S} {does} not (look good with|need) (a beard|{N})", "{S} need{s} (to shave|a shave)",
            ]
        ),
        hardly: Wording(
            qualities: ["(almost|nearly|practically) (gone|invisible|removed)"],
            actions: [
                "make {N} (almost|nearly|practically) (vanish|disappear)", "(almost|nearly) remove {N}",
                "(cut|shave|trim) (off |)(most|nearly all|almost all) of {N}",
            ]
        ),
        targets: [
            Wording(
                qualities: ["(completely|totally|fully) (absent|missing)"],
                things: [
                    "no (beard|facial hair|whiskers|moustache)", "no (beard|facial hair) (at all|whatsoever)",
                    "a (clean-shaven|clean shaven|smooth|hairless|bare|beardless) (face|chin|look)",
                ],
                states: [
                    "not have (a beard|any beard|facial hair|any facial hair)", "have no (beard|facial hair)",
                    "be (clean-shaven|clean shaven|beardless|cleanly shaven|freshly shaven|completely shaven)",
                    "be without (a beard|facial hair)",
                ],
                actions: ["leave {P} (chin|face) (bare|smooth)", "show {O} without (a beard|facial hair)"],
                remarks: [
                    "there should be no (beard|facial hair)",
                    // It is there and should not be: unlike a smile, which is made less of.
                    "{N} (look|looks|is|are) (bad|awful|terrible|silly|ugly|wrong|odd)(, so |, please |, |: )(remove|delete|erase|drop|take away|get rid of|lose) it",
                    "{N} (do|does) not (suit|become) {O}(, so |, please |, |: )(remove|delete|erase|drop|take away|get rid of|lose) it",
                    "(remove|delete|take away|shave off) all (of |)(the|{P}) (beard|facial hair)",
                    "{S} without (a beard|facial hair|any beard)",
                    "{S} (shouldn't|should not|must not) have (a|any) (beard|facial hair)",
                    "I (don't|do not) want {O} to have a beard",
                    "{P} (chin|face) should be (smooth|bare|clean|hairless)", "clean-shaven", "clean shaven",
                ]
            ),
            Wording(
                qualities: ["(very|really|super|extremely) short", "(stubbly|just stubble|like stubble)", "tiny"],
                things: [
                    "(stubble|some stubble|light stubble|a bit of stubble|a little stubble|designer stubble|scruff)",
                    "(a |)(five|5) o'clock shadow", "a (very|really|super|extremely) (short|thin|light|small) beard",
                    "a (three-day|3-day|tiny|hint of a) beard", "a (stubble|stubbly) beard",
                    "a shadow of a beard",
                ],
                states: ["be (unshaven|stubbly)", "look unshaven", "have stubble", "not have shaved for a few days"],
                remarks: ["{N} should be (just|only) stubble"]
            ),
            Wording(
                qualities: [
                    "short", "(fairly|rather|kept|relatively) short", "short and (neat|tidy|trimmed)", "cropped",
                ],
                things: [
                    "a short beard", "a (rather|fairly|relatively|quite) short beard", "short (facial hair|whiskers)",
                    "a (trimmed|neat|tidy|close-cropped|neatly trimmed|well-trimmed|small) beard",
                    "a beard of short length", "a short(,|) (neat|tidy|trimmed|boxed) beard",
                ],
                states: ["have a short beard", "wear {P} beard short"],
                remarks: ["{N} should (be kept|stay) short"]
            ),
            Wording(
                qualities: [
                    "medium(-| )length", "(medium|medium-sized|mid-length|moderate)", "of (medium|average) length",
                ],
                things: [
                    "a (medium|medium-length|medium length|mid-length|medium-sized) beard", "medium facial hair",
                    "a beard of (medium|average|moderate|normal) (length|size)",
                    "a (moderate|normal|regular|average) beard",
                    "a beard (that is|which is|) neither (short nor long|long nor short)", "a medium long beard",
                ],
                states: ["have a (medium|mid-length) beard"],
                remarks: ["{N} should be (medium|of medium length)"]
            ),
            Wording(
                qualities: ["bushy", "(thick|long|big|large|heavy)", "(thick and bushy|long and bushy)"],
                things: [
                    "a (bushy|thick|long|big|large|heavy|dense|wild) beard",
                    "a (rather|fairly|quite) (bushy|long) beard",
                    "(thick|bushy|heavy) (facial hair|whiskers)", "a long(,| and) (bushy|thick) beard",
                ],
                states: ["have a (bushy|thick|long|big) beard", "be heavily bearded"],
                remarks: ["{N} should be bushy"]
            ),
            Wording(
                qualities: [
                    "(full|very full)", "(very|really|super|extremely|incredibly) (bushy|thick|long|big|heavy)",
                    "(huge|massive|enormous|gigantic|giant)",
                ],
                things: [
                    "a full beard",
                    "a (very|really|super|extremely|incredibly) (bushy|thick|long|big|full|heavy) beard",
                    "a (huge|massive|enormous|gigantic|giant) beard", "a full(,| and) (long|thick|bushy) beard",
                    "a (wizard|viking|lumberjack|Santa Claus)('s|) beard",
                    "a beard like (a wizard|Santa|a viking|Gandalf)",
                    "full facial hair", "(extremely|very) (thick|heavy|bushy) facial hair", "a fully grown beard",
                ],
                states: [
                    "have a full beard", "be (fully|full) bearded", "have a (very|really) (bushy|thick|long) beard",
                ],
                remarks: ["{N} should cover {P} (whole|entire) (chin|jaw|lower face)"]
            ),
        ],
        implied: [
            ["we should see {P} chin", "{P} skin should be smooth"],
            ["we should still see {P} chin", "it should hardly be noticed"],
            ["we should still see the shape of {P} jaw", "it should look tidy", "(do not|don't) make it (long|big)"],
            ["there should be hair on {P} chin", "it should suit {P} face"],
            [
                "there should be hair on {P} (chin|cheeks)", "{P} chin should be hidden",
                "(do not|don't) make it (huge|enormous)",
            ],
            ["there should be hair on {P} (chin|cheeks)", "{P} chin should be hidden", "we should not see {P} chin"],
        ]
    )
}
