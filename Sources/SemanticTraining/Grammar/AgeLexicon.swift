extension AttributeLexicon {
    static let age = AttributeLexicon(
        noun: "(the face|{P} face|this face|the person|{P} age|{P} looks)",
        bareNoun: "(age|years|maturity)",
        qualifiedNoun: "(a {X} (face|person|one|look|appearance|version of {O})|{X} skin)",
        have: "(have|get|show)",
        up: Wording(
            qualities: [
                "{more} older", "{more} older", "{more} more (aged|mature|grown up|senior|elderly|wrinkled)",
                "{more} less (young|youthful|childish|juvenile)",
            ],
            things: ["{very} more (wrinkles|years|maturity)", "(some |)wrinkles", "a {very} (older|more mature) face"],
            states: [
                "be {more} older", "look {more} older", "look {more} (more mature|more aged|more grown up|less young)",
                "be {more} (more mature|more aged|more grown up|less young)", "seem {more} older",
                "have {more} more wrinkles",
                "grow {more} older", "get {more} older", "be older {by}", "look older {by}", "appear {more} older",
            ],
            actions: [
                "age ({O}|{P} face|the face|this face) {by}", "make {O} {more} older", "make {O} look {more} older",
                "(add|give {O}) {very} more (wrinkles|years)", "add (wrinkles|some wrinkles|some years)",
                "(increase|raise|advance) (the|{P}) age {by}", "make {O} {more} (more mature|less young|more aged)",
                "turn the clock forward {by}", "put {very} more years on {O}", "fast forward {P} age {by}",
            ],
            remarks: [
                "{S} look{s} {too} (young|youthful|childish|immature)", "{S} {is} {too} young",
                "{S} {is} not old enough", "{S} {does} not look (old|mature) enough",
                "the (face|person) (is|looks) {too} young",
                "{S} should not (be|look) (so|that|this) young",
            ]
        ),
        down: Wording(
            qualities: [
                "{more} younger", "{more} younger", "{more} more (youthful|juvenile|childlike)",
                "{more} less (old|aged|mature|wrinkled|elderly)",
            ],
            things: [
                "{very} (fewer|less) wrinkles", "a {very} younger face", "a {very} more youthful (look|appearance)",
                "{very} smoother skin",
            ],
            states: [
                "be {more} younger", "look {more} younger", "look {more} (more youthful|less old|less aged)",
                "be {more} (more youthful|less old|less aged)", "seem {more} younger", "have {more} fewer wrinkles",
                "be younger {by}", "look younger {by}", "appear {more} younger", "become {more} younger",
                "look (young|youthful)",
            ],
            actions: [
                "(rejuvenate|de-age) {O} {by}", "make {O} {more} younger", "make {O} look {more} younger",
                "(reduce|lower|decrease) (the|{P}) age {by}", "(remove|smooth out|reduce) (some|the|{P}) wrinkles {by}",
                "make {O} {more} (more youthful|less old|less aged)", "(turn|wind) back the clock {by}",
                "take {very} more years off {O}", "take (a few|some) years off (of |){P} face",
                "make {O} young again {by}",
            ],
            remarks: [
                "{S} look{s} {too} (old|aged|mature|elderly|wrinkled)", "{S} {is} {too} old",
                "{S} {is} not young enough",
                "{S} {does} not look (young|youthful) enough", "the (face|person) (is|looks) {too} old",
                "{S} should not (be|look) (so|that|this) old", "{S} {has} {too} many wrinkles",
            ]
        ),
        most: Wording(
            qualities: ["as old as (possible|can be)", "the oldest possible", "extremely older"],
            things: ["the oldest (face|version of {O}|look) possible", "as many wrinkles as possible"],
            states: ["(be|look) as old as (possible|can be|you can)", "be (extremely|unbelievably) older"],
            actions: [
                "age {O} as much as (possible|you can)", "make {O} (50|fifty|60|sixty|70) years older",
                "increase {P} age (to the maximum|as much as possible)", "add (fifty|50|sixty) years to {P} age",
            ],
            remarks: ["{S} {has} become extremely old", "{S} {is} (a very old|an extremely old) person"]
        ),
        none: Wording(
            qualities: ["as young as (possible|can be)", "the youngest possible", "extremely younger"],
            things: ["the youngest (face|version of {O}|look) possible"],
            states: ["(be|look) as young as (possible|can be|you can)", "be (extremely|unbelievably) younger"],
            actions: [
                "rejuvenate {O} as much as (possible|you can)", "make {O} (50|fifty|60|sixty|70) years younger",
                "reduce {P} age (to the minimum|as much as possible)", "take (fifty|50|sixty) years off {O}",
                "remove (all|all the|every one of {P}) (signs of age|wrinkles)",
            ],
            remarks: ["I (don't|do not) like (old|aged|wrinkled) faces", "{S} {is} extremely young"]
        ),
        hardly: Wording(
            qualities: ["(40|forty) years younger"],
            states: ["(be|look) (forty|40) years younger"],
            actions: ["make {O} (40|forty) years younger", "take (forty|40) years off {P} face"]
        ),
        targets: ageTargets,
        implied: [
            ["{P} skin should be smooth", "{P} cheeks should be round", "there should be no wrinkles"],
            ["{P} skin should be smooth", "there should be no wrinkles"],
            ["{P} skin should be smooth", "there should be no wrinkles"],
            ["a few lines (on {P} face|) are fine"],
            [
                "there should be (some |)wrinkles", "{P} hair should (turn|be) grey",
                "(do not|don't) make {O} (ancient|look ninety)",
            ],
            ["there should be (deep |many |)wrinkles", "{P} hair should (turn|be) (grey|white)"],
        ]
    )

    private static let ageTargets: [Wording] = [
        Wording(
            qualities: ["(childlike|like a child|like a kid)", "(very|really|extremely|super|incredibly) young"],
            things: [
                "a (child|kid|little kid|small child|young child|toddler|preschooler|little boy|little girl|schoolkid)",
                "a (little|small|young|very young) (boy|girl|child|kid)",
                "a (very|really|extremely) young (face|person)", "a (child|kid)'s face",
                "(a|an) (five|six|seven|eight|nine|ten|8|5|10|7|6)(-| )year(-| )old",
            ],
            states: [
                "(be|look like|become|turn into|appear as) a (child|kid|little kid|small child|little boy|little girl)"
            ],
            actions: ["(turn|change|transform|make) {O} into a (child|kid|toddler|little kid|small child)"],
            remarks: [
                "{S} should be (under|below|less than) (10|ten|12|twelve) (years old|)",
                "{S} should be (five|six|seven|eight|nine|ten|eleven|twelve|5|6|7|8|9|10|11|12)( years old|)",
                "what did {S} look like as a (child|kid|little girl|little boy)", "show {O} as a (child|kid|toddler)",
                "back to {P} childhood", "show me {P} childhood face",
                "{S} should look like in (primary|elementary) school",
            ]
        ),
        Wording(
            things: [
                "a (teenager|teen|teenage (boy|girl|face)|adolescent|high school student|youth|youngster)",
                "a (fifteen|sixteen|seventeen|14|15|16|17|18)(-| )year(-| )old",
                "a (high school|secondary school) (kid|pupil)",
            ],
            states: [
                "(be|look like|become|turn into|appear as) a (teenager|teen|adolescent|teenage (boy|girl))",
                "be in {P} teens", "look like (in|) {P} teens", "be a high school student",
            ],
            actions: ["(turn|change|transform|make) {O} into a (teenager|teen|adolescent)"],
            remarks: [
                "{S} should be (13|14|15|16|17|18|19|fifteen|sixteen|seventeen|eighteen)( years old|)",
                "show {O} as a (teenager|teen)", "what did {S} look like as a (teenager|teen)",
                "(still |)a teen(ager|)",
                "show {O} in {P} teens", "the way {S} looked (at|in) high school",
            ]
        ),
        Wording(
            things: [
                "a (young adult|young (man|woman|person|lady|guy)|college student|university student|student|"
                    + "twenty-something)",
                "a (twenty-five|twenty|thirty|25|20|22|28|30|24)(-| )year(-| )old", "a thirty-something",
                "a young (face|adult face|person|one)",
            ],
            states: [
                "(be|look like|become|turn into|appear as) a (young adult|young (man|woman|person)|college student)",
                "be in {P} (early |late |mid |)(twenties|20s|thirties|30s|20's|30's)",
                "look like (someone |)in {P} (early |late |mid |)(twenties|20s|thirties|30s)",
            ],
            actions: ["(turn|change|transform|make) {O} into a (young adult|young (man|woman|person))"],
            remarks: [
                "{S} should be (20|21|22|23|24|25|26|27|28|29|30|32|33|twenty|twenty-five|thirty)( years old|)",
                "show {O} as a young adult", "show {O} in {P} (twenties|20s|thirties|30s)",
                "{S} should look (20|25|30|28|twenty|thirty)",
            ]
        ),
        Wording(
            qualities: ["(middle-aged|middle aged)"],
            things: [
                "a (middle-aged|middle aged) (man|woman|person|face|adult)",
                "a (forty|forty-five|40|42|45|48)(-| )year(-| )old",
                "a person of middle age", "a (man|woman|person) in {P} (forties|40s)", "a forty-something",
            ],
            states: [
                "(be|look|become|appear) (middle-aged|middle aged)", "look (in {P}|like in {P}) (forties|40s|40's)",
                "be in {P} (early |late |mid |)(forties|40s|40's)", "be (in|of) middle age", "have reached middle age",
            ],
            actions: [
                "(turn|change|transform|make) {O} into a middle-aged (man|woman|person)", "make {O} middle-aged",
            ],
            remarks: [
                "{S} should be (40|41|42|43|44|45|46|47|48|49|forty|forty-five)( years old|)",
                "show {O} in {P} (forties|40s|middle age)", "{S} should look (40|45|forty|forty-five)",
            ]
        ),
        Wording(
            qualities: ["(elderly|old)"],
            things: [
                "(a (senior|senior citizen|pensioner|retiree|retired person)|an (old|elderly) (man|woman|"
                    + "person|lady|face))",
                "a (fifty|sixty|sixty-five|55|60|62|65|68)(-| )year(-| )old",
                "a (man|woman|person) in {P} (sixties|60s)",
                "a (grey-haired|gray-haired) senior", "a sixty-something",
            ],
            states: [
                "(be|look like|become|turn into|appear as) (a senior|a senior citizen|an old (man|woman|"
                    + "person)|a pensioner)",
                "be in {P} (early |late |mid |)(fifties|sixties|50s|60s|60's|50's)", "be old", "look old", "be elderly",
                "look (elderly|retired|like a retiree)", "look like (someone |)in {P} (fifties|sixties|50s|60s)",
                "reach retirement age", "be retired",
            ],
            actions: ["(turn|change|transform|make) {O} into (a senior|an old (man|woman|person)|an elderly person)"],
            remarks: [
                "{S} should be (50|52|55|58|60|61|62|64|65|66|68|fifty|fifty-five|sixty|sixty-five)( years old|)",
                "show {O} as a senior", "show {O} in {P} (fifties|sixties|50s|60s)", "make {O} old", "old age",
                "{S} should look (60|65|55|sixty|fifty)",
            ]
        ),
        Wording(
            qualities: ["(very|really|extremely|super|incredibly) old", "ancient"],
            things: [
                "a (very|really|extremely|super) old (man|woman|person|lady|face|one)",
                "a (grandma|grandpa|grandmother|granny)",
                "a (seventy|eighty|ninety|70|75|80|85|90|78)(-| )year(-| )old", "a very elderly (person|man|woman)",
                "a (man|woman|person) in {P} (seventies|70s|eighties|80s|nineties)",
                "a (great-grandmother|great-grandfather)",
            ],
            states: [
                "(be|look|become|appear|grow) (very|really|extremely|super|incredibly) old",
                "(be|look) (ancient|very elderly)",
                "be in {P} (early |late |mid |)(seventies|70s|eighties|80s|nineties|90s|70's)",
                "look like (someone |)in {P} (seventies|70s|eighties|80s)", "look like a (grandma|grandpa|grandfather)",
            ],
            actions: [
                "(turn|change|transform|make) {O} into a (grandma|grandpa|grandfather|very old (man|woman|person))"
            ],
            remarks: [
                "{S} should be (70|72|75|77|80|82|85|88|90|95|100|seventy|eighty|ninety)( years old|)",
                "{S} should be (over|above|more than|at least) (70|seventy|75|80|eighty)( years old|)",
                "show {O} in {P} (seventies|eighties|70s|80s)", "{S} should look (70|75|80|90|seventy|eighty)",
            ]
        ),
    ]
}
