extension AttributeLexicon {
    static let smiling = AttributeLexicon(
        noun: "({P}|the|the|that|this) (smile|smile|grin|smiling|laugh|smirk|expression of joy|happiness)",
        bareNoun: "(smile|smile|smiling|grin|laughter|happiness|joy)",
        qualifiedNoun: "(a {X} smile|a {X} smile|a {X} grin|a smile that is {X})",
        have: "(have|wear|show|put on|give|get)",
        up: Wording(
            qualities: [
                "{more} (bigger|wider|brighter|broader|larger|stronger|warmer|happier)",
                "{more} more (obvious|visible|noticeable|prominent|pronounced|cheerful|radiant|intense|joyful)",
            ],
            things: [
                "(a smile|a grin|some (joy|happiness|cheer)|a (happy|cheerful|joyful|smiling) (face|look|"
                    + "expression))",
                "{very} more (smile|smiling|joy|happiness|cheer|laughter)",
                "a {very} (happier|merrier) (face|look|expression)",
            ],
            states: [
                "smile", "smile {more} more", "smile {more} more", "be smiling", "be smiling {more} more",
                "be (happy|cheerful)",
                "be {more} (happier|more cheerful|merrier|jollier|more joyful|more smiley|less serious|less "
                    + "stern|less sad|less {mood})",
                "look {more} (happier|more cheerful|merrier|more joyful|friendlier|less serious|less gloomy|"
                    + "less grumpy)",
                "grin {more} (more|wider)", "smile {more} (wider|brighter|harder|more broadly)", "cheer up {by}",
                "grin",
                "look (happy|cheerful|pleased|delighted|friendly)", "laugh {more} more", "put a smile on",
                "lighten up {by}",
                "feel {more} happier", "have {more} more of a smile", "smile for the camera",
            ],
            actions: [
                "add a (smile|grin)", "put a smile on {P} face",
                "(increase|widen|enlarge|boost|enhance|intensify) {N} {by}",
                "cheer {O} up {by}", "make {O} {more} (happier|more cheerful|merrier|less serious|less grumpy)",
                "make {O} (happy|cheerful|glad)", "(raise|turn up) the (happiness|smile|joy) {by}",
                "add {very} more smile",
                "brighten ({P}|the) (face|expression|mood) {by}", "make {O} smile", "let {O} smile",
                "(change|turn|replace|swap) (the|{P}) {mood} (face|expression|look) (to|into|with|for) a "
                    + "(smiling|happy|"
                    + "cheerful|smiley|friendly) (face|one|expression|look)",
                "(change|turn) (the|{P}) (poker|straight|serious|long|sour) face (to|into) a (smile|smiling face|"
                    + "happy one)",
            ],
            remarks: [
                "{S} look{s} {too} (serious|sad|stern|grumpy|gloomy|unhappy|grim|cold|angry|{mood})",
                "{S} look{s} (so |){mood}, (fix|change|mend|help) (it|that)",
                "{S} {is} not smiling enough",
                "{N} is {too} (small|weak|faint|subtle)", "{N} is not (big|wide|bright|strong|happy) enough",
                "{S} {is} {too} serious", "why so serious", "say cheese",
                "{S} should not (be|look) so (serious|{mood})",
                "(don't|do not) (be|look|make {O}) so (serious|sad|{mood})", "not so (serious|sad|{mood})",

                "{S} {does} not look (happy|cheerful) enough", "{S} (could|should|can) use a (smile|bigger smile)",
                "{S} {is} (in a good mood|feeling happy)", "nobody likes a (grumpy|sad|sour|long) face",
            ]
        ),
        down: Wording(
            qualities: [
                "{more} (smaller|subtler|narrower|weaker|fainter|milder|softer)",
                "{more} less (obvious|visible|noticeable|prominent|pronounced|wide|big|bright|intense|cheerful|"
                    + "happy)",
                "{more} more (subtle|restrained|modest|reserved|discreet)",
            ],
            things: [
                "{very} less (smile|smiling|joy|happiness|laughter)", "a {very} more serious (face|look|expression)",
            ],
            states: [
                "smile {more} less", "smile {more} less", "be smiling {more} less", "not smile so much",
                "not smile as much",
                "be {more} (less happy|less cheerful|more serious|less joyful|sterner|less smiley|more solemn|"
                    + "calmer)",
                "look {more} (less happy|less cheerful|more serious|sterner|more solemn|sadder|more reserved)",
                "grin {more} less", "laugh {more} less", "be more serious {by}", "feel {more} less happy",
            ],
            actions: [
                "(reduce|decrease|lessen|diminish|tone down|turn down|shrink|soften|weaken|lower) {N} {by}",
                "make {O} {more} (more serious|less happy|less cheerful|sterner|less smiley)",
                "make {O} smile {more} less",
                "tone down the (happiness|smile|joy|laughter|cheer) {by}",
            ],
            remarks: [
                "{S} look{s} {too} (happy|cheerful|joyful|merry)", "{S} {is} smiling {too} much",
                "{S} smile{s} {too} much",
                "{N} is {too} (big|wide|bright|strong|broad|exaggerated|much|obvious|happy)", "{S} {is} {too} happy",
                "{S} {does} not look serious enough",
                "{S} should not (smile|grin|laugh) (so|that|as) (much|widely|broadly)",
                "less teeth", "{S} {is} not serious enough", "{S} should not (be|look) so (happy|cheerful)",
            ]
        ),
        most: Wording(
            qualities: ["as (big|wide|happy|bright) as (possible|can be)", "the (biggest|widest) possible"],
            things: [
                "the (biggest|widest|brightest|happiest) (smile|grin) (possible|ever|there is|in the world)",
                "as much smile as possible",
            ],
            states: [
                "smile (as much as (possible|{S} can)|to the (max|maximum)|as (widely|wide|broadly|happily) "
                    + "as possible)",
                "be as (happy|cheerful) as (possible|can be)", "be extremely (happier|more cheerful)",
                "(smile|grin) (very|extremely|really) (happily|much|cheerfully)",
                "be (very|extremely|really) (happy|cheerful)",
            ],
            actions: ["(maximise|maximize) {N}", "increase {N} (as much as possible|to the maximum|all the way)"],
            remarks: [
                "{S} {is} (overjoyed|extremely happy|ecstatic|over the moon|thrilled)",
                "{S} {has} a (gigantic|enormous|colossal) (smile|grin)",
            ]
        ),
        none: Wording(
            states: ["lose the (smile|grin)", "drop the (smile|grin)"],
            actions: [
                "(remove|delete|erase|take away|get rid of|eliminate|lose|drop|wipe away|wipe off) {N} "
                    + "(completely|entirely|totally|altogether|from {P} face||||)",
                "make {N} (disappear|vanish|go away)", "wipe {N} off {P} face", "take {N} (off {P} face|away)",
            ],
            remarks: [
                "I (don't|do not) (like|love|want|need|like|like) {N} (at all||)",
                "I (don't|do not) (want|need) (any|to see any) (smile|smiling) (at all|)",
                "I (hate|dislike|can't stand) {N}",
                "no more smile",
                "{N} has to go", "{N} looks (bad|awful|terrible|silly|fake|creepy) on {O}", "away with {N}",
                "{S} {does} not (look good with|need) (a smile|{N})",
                "{S} {is} (sad|very sad|upset|depressed|miserable) now",
            ]
        ),
        hardly: Wording(
            qualities: ["(almost|nearly|practically) (gone|invisible|removed)"],
            states: ["(almost|nearly) stop smiling", "hardly smile (any more|at all)"],
            actions: [
                "make {N} (almost|nearly|practically) (vanish|disappear)", "(almost|nearly) remove {N}",
                "take away (most|nearly all|almost all) of {N}",
            ]
        ),
        targets: smilingTargets,
        implied: [
            ["{P} teeth should not (show|be visible)", "{P} mouth should be closed", "we should not see {P} teeth"],
            ["{P} teeth should not (show|be visible)", "{P} mouth should be closed", "{S} should look friendly"],
            ["{S} should look friendly", "{S} should look pleased"],
            [
                "{P} teeth should (show|be visible)", "(let|make) (us|everybody) see {P} teeth",
                "{S} should look happy",
                "(we|one) (can|could) see {P} teeth",
            ],
            [
                "{P} teeth should (show|be visible)", "(let|make) (us|everybody) see {P} teeth",
                "{S} should look happy",
                "(we|one) (can|could) see {P} teeth", "show {P} teeth", "(do not|don't) make {O} laugh",
            ],
            [
                "{P} teeth should (show|be visible)", "(let|make) (us|everybody) see {P} teeth",
                "{S} should look happy",
                "(we|one) (can|could) see {P} teeth", "show {P} teeth",
            ],
        ]
    )

    private static let smilingTargets: [Wording] = [
        Wording(
            things: [
                "no (smile|grin|laughter|smiling)", "no smile (at all|whatsoever)",
                "a (neutral|straight|serious|stern|blank|poker|stony|expressionless) (face|expression|look)",
                "(a|an) {mood} (face|expression|look|mood)", "(a|an) {mood} (face|expression|look)",
                "(a frown|a scowl|a pout|tears in {P} eyes)",
            ],
            states: [
                "not smile", "not smile (at all|any more|anymore)", "not be smiling", "not (grin|laugh)",
                "have no smile", "stop (smiling|grinning|laughing)", "be (serious|unsmiling|expressionless|neutral)",
                "look (serious|neutral|stern|unsmiling|expressionless|solemn)", "keep a straight face",
                "keep {P} (mouth|lips) (closed|shut) and serious",
                "have a (neutral|serious|straight) (face|expression)", "(be|look|feel|seem|appear) {mood}",
                "(be|look|feel|seem|appear) {mood}", "look {mood}",
                "(frown|scowl|pout|sulk|weep|glare|look down in the mouth)",
                "look as if {S} (had lost everything|were about to cry|had bad news|were at a funeral)",
            ],
            actions: [
                "show {O} without a smile", "keep {O} from smiling", "make {O} (serious|stern|neutral)",
                "make {O} (look |){mood}",
                "(turn|change) {P} (smile|grin|happy face|expression) (into|to) (a|an) {mood} (face|look|one)",
                "make {O} (frown|scowl|pout|sulk|weep)",
            ],
            remarks: [
                "{S} (shouldn't|should not|must not|ought not to|cannot|can't) (smile|be smiling|grin|laugh|"
                    + "have a smile)",
                "I (don't|do not) want ({O} to smile|{O} smiling|to see {O} smile)",
                "there should be no (smile|smiling|grin)", "no smiling", "don't smile", "do not smile",
                "(don't|do not) let {O} smile", "{S} without a smile", "{S} (isn't|is not) supposed to smile",
                "{mood}", "so {mood}", "the mood should be {mood}", "I('d| would) like {O} {mood}",
                "nothing to (smile|laugh) about", "smiling is (forbidden|not allowed|not appropriate)",
            ]
        ),
        Wording(
            qualities: [
                "(slight|faint|subtle|gentle|small|tiny|soft)", "(barely|hardly|just) (there|visible|noticeable)",
            ],
            things: [
                "a (slight|faint|subtle|gentle|small|tiny|soft|mild|weak|shy|thin|discreet|light) (smile|smile|grin)",
                "a (hint|trace|touch|suggestion) of a smile",
                "a (closed-mouth|closed-lip|tight-lipped|Mona Lisa) smile",
                "a smile with (the|{P}) (mouth|lips) closed",
                "(just|only) the corners of the mouth (turned up|up|raised)",
                "a smile (without|with no|not showing) (visible |)teeth", "a smirk",
            ],
            states: [
                "(turn|lift|raise|curl|pull|have) (up |)(the|{P}) corners of {P} mouth (up|slightly|)",
                "(smile|be smiling) with (the|{P}) (mouth|lips) (closed|shut) (and|but) the corners (of the "
                    + "mouth |)(turned |)up",
                "smile (faintly|gently|subtly|softly|weakly|shyly|without showing teeth|with {P} mouth closed)",
                "smirk",
                "have the corners of {P} mouth turned up",
            ],
            actions: ["(turn|lift|raise|curl) (up |)the (corners|corner) of (the|{P}) mouth (up|slightly|)"],
            remarks: [
                "the corners of {P} mouth should (turn|go|point|curl) up", "{P} teeth should not show when smiling",
            ]
        ),
        Wording(
            qualities: ["toothy", "with (teeth showing|some teeth|visible teeth)"],
            things: [
                "a smile (with|showing|that shows|revealing) (some |the |{P} |)teeth", "a toothy (smile|grin)",
                "a smile with (the |)teeth (showing|visible|out)", "(a smile and visible|visible|some visible) teeth",
                "a (moderate|medium|normal|regular) smile", "a smile (with|and) a (peek|glimpse|flash) of teeth",
            ],
            states: [
                "show (some |{P} |the |)teeth",
                "smile (with teeth|with {P} teeth showing|showing teeth|and show teeth)",
                "bare {P} teeth in a smile",
                "smile so that {P} teeth (show|are visible)",
                "smile (moderately|normally)",
            ],
            actions: ["show (some|{P}|the) teeth (when smiling|)", "make {P} teeth visible"],
            remarks: [
                "(the|{P}) mouth should (turn|go|point|bend) up(wards|) at (its|the|both) (corners|ends|sides), "
                    + "(with|showing) (a few|some|a row of) "
                    + "teeth",
                "(the|{P}) teeth should (be visible|show|be showing|be seen)",
                "I (want|would like) to see {P} teeth",
                "(let|make) {P} teeth (show|be visible)",
            ]
        ),
        Wording(
            qualities: ["(beaming|radiant|glowing)"],
            things: [
                "a (beaming|radiant|bright|glowing|sunny|dazzling|happy|cheerful) smile",
                "a beaming (face|look|expression)",
                "a (bright|beaming) and (happy|cheerful) smile",
            ],
            states: [
                "beam", "be beaming (with joy|with happiness|)",
                "smile (brightly|radiantly|happily|cheerfully|joyfully)",
                "beam with (joy|happiness|delight)", "be (filled|glowing|radiant) with (joy|happiness|delight)",
                "have (a|the whole|{P} whole|{P} entire) face (beaming|glowing|lit up) with (joy|happiness|delight)",
            ],
            actions: ["make {O} beam (with joy|)", "make {P} face beam"],
            remarks: [
                "{P} (face|smile) should (beam|be beaming|be radiant)",
                "(the|{P}) (whole|entire) (face|expression) should (beam|be beaming|glow|be glowing) with "
                    + "(joy|happiness|delight)",
            ]
        ),
        Wording(
            qualities: ["(big|wide|broad|huge|large)", "(big|wide) and open"],
            things: [
                "a (big|wide|broad|huge|large|great big|great big|rather big) (smile|smile|grin)",
                "a (big |wide |)smile with {P} mouth (a little |slightly |a bit |partly |half |)open",
                "an open-mouthed (smile|grin)",
                "(a|an open) mouth, (a bit|slightly|half) open, (smiling and showing|with a smile and) teeth",
                "a smile with (parted|open) lips and (visible teeth|{P} teeth on display)",
                "a grin from ear to ear", "an ear-to-ear (smile|grin)",
            ],
            states: [
                "(smile|be smiling) with (the|{P}) mouth (a little |slightly |)open (and (the|{P}) teeth "
                    + "(visible|showing)|)",
                "smile (widely|broadly|from ear to ear|big|wide|with a big smile|with {P} mouth open)",
                "grin (broadly|widely|from ear to ear)", "have a (big|wide|broad|huge) (smile|grin)",
            ],
            remarks: ["{P} smile should go from ear to ear"]
        ),
        Wording(
            qualities: ["(a laugh|a full laugh|laughter|like a laugh)"],
            things: [
                "a (laugh|hearty laugh|big laugh|full laugh|belly laugh|laughing face|laughing expression|loud "
                    + "laugh)",
                "(laughter|roaring laughter)",
                "a (smile|laugh|grin) with (the|{P}) mouth (wide|fully|completely) open( and (all |)(the|"
                    + "{P}) teeth (on display|in sight|visible)|)",
                "a (wide|fully) open mouth (laughing|full of laughter|and all teeth on display)",
                "(a gaping|an ecstatic) laugh",
                "a (very|really|extremely|super) (big|wide|broad) (smile|grin|laugh)",
                "the biggest of smiles, with {P} mouth wide open",
            ],
            states: [
                "laugh", "be laughing", "laugh (out loud|hard|heartily|loudly|happily|with an open mouth|like crazy)",
                "burst (out laughing|into laughter)", "crack up", "be in (stitches|fits of laughter)", "giggle",
                "chuckle",
                "laugh with (the|{P}) mouth wide open",
                "(smile|be smiling|laugh) with (the|{P}) mouth (wide|wide and|fully|completely) open(|, "
                    + "(showing|baring) (all |)(the|{P}) teeth)",
                "be (cracking up|roaring with laughter|laughing out loud)",
            ],
            actions: ["make {O} laugh (out loud|)", "(tell {O} a joke|crack {O} up)"],
            remarks: [
                "{S} just heard (a|the) (funny|funniest|hilarious) (joke|story)", "I want (to see |)laughter",
                "{S} find{s} it hilarious",
            ]
        ),
    ]
}
