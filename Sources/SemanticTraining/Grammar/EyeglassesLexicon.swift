extension AttributeLexicon {
    static let eyeglasses = AttributeLexicon(
        noun: "({P}|the|the|those|these) (glasses|eyeglasses|spectacles|specs|eyewear|sunglasses|shades|frames)",
        bareNoun: "(glasses|eyeglasses|spectacles|specs|eyewear)",
        qualifiedNoun: "({X} (glasses|eyeglasses|specs|eyewear|frames)|glasses with a {X} (frame|rim))",
        have: "(wear|have|put on|get|sport)",
        up: Wording(
            qualities: [
                "{more} (thicker|bolder|heavier|chunkier|darker|bigger|larger|wider)",
                "{more} more (obvious|visible|noticeable|prominent|striking|pronounced|eye-catching)",
            ],
            things: [
                "(glasses|eyeglasses|spectacles|specs|eyewear|a pair of (glasses|eyeglasses|spectacles))",
                "(glasses|eyeglasses|spectacles) with (a |){very} (thicker|bolder|heavier|darker|wider) "
                    + "(frame|frames|rim)",
                "{very} (thicker|bolder|heavier) (frames|rims)", "{very} darker (lenses|glasses)",
                "some (glasses|specs)",
            ],
            states: [
                "wear (glasses|eyeglasses|spectacles|specs)", "put (on glasses|glasses on|some glasses on)",
                "be wearing (glasses|eyeglasses|spectacles)", "be (bespectacled|in glasses)",
            ],
            actions: [
                "add (glasses|eyeglasses|a pair of (glasses|eyeglasses|spectacles)|some (glasses|specs)|eyewear)",
                "put (glasses|eyeglasses|specs|a pair of glasses) on {O}",
                "(thicken|darken|emphasise|enlarge) {N} {by}",
                "make the (frame|frames|rim|rims) {more} (thicker|bolder|heavier|wider|darker)",
                "make the lenses {more} darker", "(increase|raise) the thickness of the (frame|frames|rims) {by}",
                "(change|swap|switch) the (frame|frames) (to|for) a {very} thicker one",
                "make the (lens|lenses|frame) (color|colour|tint|shade) {more} (darker|deeper|stronger)",
                "(tint|darken) the (lenses|glass|glasses) {by}",
            ],
            remarks: [
                "{N} (look|are|seem|is) {too} (thin|light|subtle|inconspicuous|plain)",
                "the frame (is|looks) {too} (thin|fine|light)", "{N} are not (thick|dark|visible|noticeable) enough",
                "the (frame|frames|rim) should be {more} (thicker|bolder|heavier|darker)",
                "{S} can't see (well|a thing) without glasses",
                "the (lenses|glass|glasses) (should|can|could|must) be {more} darker",
                "the (color|colour|tint|shade) of the (lenses|glass|glasses|frame) (should|can|could) be "
                    + "{more} (darker|deeper)",
                "the (lens|frame) (color|colour|tint) (should|could) be {more} (darker|deeper)",
                "I can (barely|hardly) see {N}", "{N} are hard to (see|make out|spot)",
                "{S} would look (good|better|great|smart|smarter|cool) (with|in) glasses",
            ]
        ),
        down: Wording(
            qualities: [
                "{more} (thinner|lighter|finer|subtler|smaller|slimmer|brighter)",
                "{more} less (obvious|visible|noticeable|prominent|striking|pronounced|thick|dark|heavy)",
            ],
            things: [
                "(glasses|eyeglasses|spectacles) with (a |){very} (thinner|lighter|finer|slimmer) (frame|frames|rim)",
                "{very} (thinner|lighter|finer|slimmer) (frames|rims)", "{very} lighter lenses",
            ],
            actions: [
                "make the (frame|frames|rim|rims) {more} (thinner|lighter|finer|slimmer)",
                "make the lenses {more} lighter",
                "(reduce|decrease) the thickness of the (frame|frames|rims) {by}",
                "(lighten|slim down|tone down) {N} {by}",
                "(change|swap|switch) the (frame|frames) (to|for) a {very} thinner one",
                "make the (glass|lens|lenses|frame) (color|colour|tint|shade) {more} (lighter|paler|brighter)",
            ],
            remarks: [
                "{N} (look|are|seem|is) {too} (thick|dark|heavy|bold|big|obvious|chunky|much|noticeable)",
                "the frame (is|looks) {too} (thick|heavy|wide|dark)", "the lenses are {too} dark",
                "{N} are not (thin|light|subtle) enough",
                "the (color|colour|tint|shade) of the (lenses|glass|glasses|frame) (should|can|could) be "
                    + "{more} (lighter|paler|brighter)",
                "the (glass|lens|lenses|frame) (color|colour|tint|) (should|can|could) be {more} (lighter|"
                    + "paler|brighter)",
                "the (frame|frames) should be {more} (thinner|lighter|finer)",
            ]
        ),
        most: Wording(
            qualities: ["as (thick|dark|heavy|bold|obvious|visible) as possible", "the (thickest|darkest) possible"],
            things: ["the (thickest|darkest|boldest) (glasses|frames|shades) (possible|there are|you have)"],
            actions: ["make the frame as (thick|dark) as (possible|you can)"],
            remarks: ["{S} {has} very dark (sunglasses|glasses) with very thick frames on"]
        ),
        none: Wording(
            states: ["take (off {P} glasses|{P} glasses off|the glasses off)", "lose the (glasses|specs|shades)"],
            actions: [
                "(remove|delete|erase|take away|get rid of|eliminate|lose|drop|take off|ditch) {N} "
                    + "(completely|entirely|totally|altogether|from {P} face||||)",
                "take {N} (off|away)", "make {N} (disappear|vanish|go away)",
            ],
            remarks: [
                "I (don't|do not) (like|love|want|need|like|like) {N} (at all||)",
                "I (don't|do not) (want|need) (any|to see any) (glasses|eyeglasses) (at all|)",
                "I (hate|dislike|can't stand) {N}",
                "no more glasses",
                "{N} (has|have) to go", "{N} (look|looks) (bad|awful|terrible|silly|ugly) on {O}", "away with {N}",
                "{S} {does} not (look good (with|in)|need) (glasses|{N})", "glasses off", "off with {N}",
            ]
        ),
        hardly: Wording(
            qualities: ["(almost|nearly|practically) (gone|invisible|removed|transparent)"],
            actions: ["make {N} (almost|nearly|practically) (vanish|disappear)", "(almost|nearly) remove {N}"]
        ),
        targets: [
            Wording(
                things: [
                    "no (glasses|eyeglasses|spectacles|specs|eyewear|sunglasses)",
                    "no (glasses|eyeglasses) (at all|whatsoever)", "(eyes|a face) without (glasses|any eyewear)",
                ],
                states: [
                    "not (wear|have|be wearing) (glasses|eyeglasses|any glasses|spectacles|sunglasses)",
                    "have no (glasses|eyeglasses|eyewear)", "be without (glasses|eyeglasses|spectacles)",
                    "go without (glasses|specs)",
                ],
                actions: ["leave out the glasses", "show {O} without (glasses|eyeglasses|specs|any glasses)"],
                remarks: [
                    "there should be no (glasses|eyeglasses|spectacles)",
                    // It is there and should not be: unlike a smile, which is made less of.
                    "{N} (look|looks|is|are) (bad|awful|terrible|silly|ugly|wrong|odd)(, so |, please |, |: )(remove|delete|erase|drop|take away|get rid of|lose) (it|them)",
                    "{N} (do|does) not (suit|become) {O}(, so |, please |, |: )(remove|delete|erase|drop|take away|get rid of|lose) (it|them)",
                    "{S} (shouldn't|should not|must not|ought not to) (have|wear|be wearing) (any |)(glasses|"
                        + "eyeglasses|specs)",
                    "I (don't|do not) want {O} to wear glasses",
                    "{S} without (glasses|eyeglasses|any glasses|spectacles)", "without (glasses|specs|eyeglasses)",
                    "(there should be|I want) nothing (on|over|in front of) {P} eyes",
                ]
            ),
            Wording(
                qualities: ["rimless", "frameless", "without (a frame|frames|rims)"],
                things: [
                    "(rimless|frameless) (glasses|eyeglasses|spectacles|specs)", "a pair of rimless glasses",
                    "(glasses|eyeglasses|spectacles) without (a frame|frames|a rim|rims|any frame)",
                    "(glasses|eyeglasses) with no (frame|frames|rim|rims)",
                ],
                states: ["wear (rimless|frameless) (glasses|eyeglasses)"],
                actions: ["remove the (frame|rims) but keep the (glasses|lenses)"],
                remarks: ["{N} should have no (frame|rim|rims|frames)"]
            ),
            Wording(
                qualities: ["(thin|fine|slim)(-| )(framed|rimmed|frame)", "wire-rimmed"],
                things: [
                    "(thin|slim|fine|narrow)(-| )(frame|framed|rimmed|rim) (glasses|eyeglasses|spectacles|specs)",
                    "(glasses|eyeglasses|spectacles|regular glasses) with (a |)(thin|slim|fine|narrow|"
                        + "delicate|light|wire) (frame|frames|rim|rims)",
                    "(wire-rimmed|wire-frame) (glasses|specs)", "thin (glasses|eyeglasses)",
                    "(eyeglasses|glasses) (that have|having) a thin (frame|rim)",
                ],
                states: ["wear (thin|fine|slim) (framed |)(glasses|eyeglasses)"],
                remarks: ["the (frame|frames) (of the glasses |)should be (thin|slim|fine|narrow)"]
            ),
            Wording(
                qualities: ["(thick|bold|heavy|chunky)(-| )(framed|rimmed|frame)", "horn-rimmed"],
                things: [
                    "(thick|bold|heavy|wide|broad|chunky)(-| )(frame|framed|rimmed|rim) (glasses|eyeglasses|"
                        + "spectacles)",
                    "(glasses|eyeglasses|spectacles|regular glasses) with (a |)(thick|bold|heavy|wide|chunky|"
                        + "broad|strong) (frame|frames|rim|rims)",
                    "(horn-rimmed|hipster|nerdy|nerd) glasses", "thick (glasses|eyeglasses|spectacles)",
                    "(eyeglasses|glasses) (that have|having) a thick (frame|rim)",
                ],
                states: ["wear (thick|bold|heavy|chunky) (framed |)(glasses|eyeglasses)"],
                remarks: ["the (frame|frames) (of the glasses |)should be (thick|bold|heavy|chunky|wide)"]
            ),
            Wording(
                things: [
                    "(sunglasses|shades|sunnies|dark glasses) with (a |)(thin|slim|fine|narrow|light) (frame|"
                        + "frames|rim|rims)",
                    "(thin|slim|fine|narrow)(-| )(frame|framed|rimmed|rim) (sunglasses|shades)",
                    "(thin|light|slim) (sunglasses|shades)",
                    "(sunglasses|shades) (that have|having) thin (frames|rims)",
                    "(dark|tinted|black) (lenses|glasses) (in|with) (a |)thin (frame|frames)",
                    "(rimless|wire-frame) sunglasses", "aviator (sunglasses|shades)",
                ],
                states: ["wear (thin|slim) (framed |)(sunglasses|shades)"],
                remarks: ["{S} should have thin sunglasses on"]
            ),
            Wording(
                things: [
                    "(sunglasses|shades|sunnies|dark glasses) with (a |)(thick|bold|heavy|wide|chunky|broad) "
                        + "(frame|frames|rim|rims)",
                    "(thick|bold|heavy|wide|chunky)(-| )(frame|framed|rimmed|rim) (sunglasses|shades)",
                    "(thick|big|large|huge|oversized|heavy) (sunglasses|shades)",
                    "(sunglasses|shades|sunnies|sun glasses)",
                    "(sunglasses|shades) (that have|having) thick (frames|rims)", "a pair of (sunglasses|shades)",
                    "(dark|tinted|black) (lenses|glasses) (in|with) (a |)thick (frame|frames)",
                ],
                states: [
                    "wear (sunglasses|shades)", "wear (thick|big|heavy) (framed |)(sunglasses|shades)",
                    "put on (sunglasses|shades)",
                ],
                actions: [
                    "protect {P} eyes from the sun", "put (sunglasses|shades) on {O}", "add (sunglasses|shades)",
                ],
                remarks: ["{S} should have (thick|big) sunglasses on"]
            ),
        ],
        implied: [
            ["we should see {P} eyes", "{P} eyes should be (clearly |)visible", "nothing should be on {P} nose"],
            ["we should see {P} eyes", "the lenses should be clear", "they should hardly be noticed"],
            ["we should see {P} eyes", "the lenses should be clear", "they should suit {P} face"],
            ["we should see {P} eyes", "the lenses should be clear", "they should be easy to notice"],
            ["{P} eyes should be hidden", "we (should not|cannot) see {P} eyes", "the lenses should be dark"],
            ["{P} eyes should be hidden", "we (should not|cannot) see {P} eyes", "the lenses should be dark"],
        ]
    )
}
