import Tensor

/// Sentences that ask for none of the five attributes: other edits in the same frames and with the same adjectives, talk,
/// other languages, single words, gibberish.
struct UnrelatedSentences: Sendable {
    private let nouns = Self.otherNouns.map(PhraseTemplate.init)
    private let things = Self.otherThings.map(PhraseTemplate.init)
    private let states = Self.otherStates.map(PhraseTemplate.init)
    private let actions = Self.otherActions.map(PhraseTemplate.init)
    private let qualities = PhraseTemplate(Self.otherQualities)
    private let talk = Self.talk.map(PhraseTemplate.init)
    private let have = PhraseTemplate("(have|wear|get|show)")

    private let words: [String]
    private let wordFrames = Self.wordFrames.map(PhraseTemplate.init)

    /// - Parameter words: any that have nothing to do with the attributes.
    init(words: [String] = []) {
        self.words = words
    }

    func sample(_ random: inout SeededGenerator) -> String {
        switch random.index(16) {
        case ..<11: return request(&random)
        case 11, 12:
            let writer = SentenceWriter(level: 0, noun: have, have: have, person: .sample(&random))
            return TypingNoise.tidied(writer.text(random.pick(talk), &random))
        case 13, 14: return random.pick(Self.foreign)
        default: return random.chance(0.3) ? gibberish(&random) : wordSalad(&random)
        }
    }

    /// A request for something else.
    func request(_ random: inout SeededGenerator) -> String {
        let noun = random.pick(nouns)
        let level = random.chance(0.5) ? 0 : 1 + random.index(5)
        var writer = SentenceWriter(level: level, noun: noun, have: have, person: .sample(&random))
        switch random.index(words.isEmpty ? 8 : 11) {
        case 0, 1, 2: return TypingNoise.tidied(writer.framed(qualities, by: SentenceFrame.quality, &random))
        case 3, 4: return TypingNoise.tidied(writer.framed(random.pick(things), by: SentenceFrame.thing, &random))
        case 5: return TypingNoise.tidied(writer.framed(random.pick(states), by: SentenceFrame.state, &random))
        case 6, 7: return TypingNoise.tidied(writer.framed(random.pick(actions), by: SentenceFrame.action, &random))
        default:
            let frame = random.pick(wordFrames)
            let (word, other) = (random.pick(words), random.pick(words))
            writer.phrase = word
            let text = frame.expanded(&random) { slot, random in
                switch slot {
                case "W": word
                case "V": other
                case "Q": writer.text(qualities, &random)
                default: writer.text(PhraseTemplate("{\(slot)}"), &random)
                }
            }
            return TypingNoise.tidied(text)
        }
    }

    private func gibberish(_ random: inout SeededGenerator) -> String {
        let words = (0..<1 + random.index(6)).map { _ in
            String((0..<2 + random.index(8)).map { _ in random.pick(Self.letters) })
        }
        return words.joined(separator: " ")
    }

    /// A few words in no order.
    private func wordSalad(_ random: inout SeededGenerator) -> String {
        (0..<1 + random.index(5)).map { _ in random.pick(Self.words) }.joined(separator: " ")
    }

    private static let letters = Array("abcdefghijklmnopqrstuvwxyzaeiouetn0123456789")
    private static let words = """
        table river engine purple seven under cloud make the please with window car tree run fast coffee
        paper lamp to of is green bank ship salt north friday music when how computer bridge should can give
        want a it we door stone python matrix radio signal phone bread street money football garden ocean
        planet red blue bigger smaller more less very add remove change think today tomorrow report email
        meeting train banana
        """.split { $0 == " " || $0 == "\n" }.map(String.init)

    private static let wordFrames = [
        "(add|draw|put|show|paint|get) (a|some|the|) {W}", "(remove|delete|take away|get rid of) (the|{P}|all|) {W}",
        "make the {W} {Q}", "a {V} {W}", "{W} {V}",
        "(give|get|bring|send) {O} (a|some|the) {W}", "change the {W} (to|into) (a |){V}",
        "make {O} (a|look like a) {W}", "{S} should (have|wear|hold|get) (a|some) {W}",
        "{W} (please|now)", "with (a|the) {W} and (a|the) {V}", "(open|close|move|turn|find|buy|sell) the {W}",
        "the {W} (should|must) be {Q}", "where is the {W}", "more {W}", "less {W}",
        "no {W}", "{P} {W} is too {V}", "(I want|I need|I'd like) (a|the|more|some) {W}",
        "put (a|the) {W} (on|behind|beside|next to) {O}", "{S} {is} (a|the) {W}", "{W}",
        "(colour|paint|dye|blur|crop) the {W}( {V}|)", "is there (a|any) {W}", "look at the {W}",
        "(bigger|smaller|longer|shorter|thicker|darker) {W}", "let {O} {W}", "{S} should {W} the {V}",
    ]

    private static let otherNouns: [String] = [
        "({P}|the) (hair|hair|hairstyle|haircut|hair colour|hair color|ponytail|curls|braid|locks|hair on "
            + "the sides|back hair)",
        "({P}|the) (eyes|eye colour|eyelashes|eyebrows|eyelids|pupils|brows|nose|ears|cheeks|neck|skin|skin "
            + "tone|freckles)",
        "({P}|the) (lips|lipstick|makeup|make-up|eyeliner|jaw|chin shape|face shape|forehead shape|shoulders|"
            + "hands|teeth colour)",
        "({P}|the) (shirt|jacket|dress|hat|cap|scarf|tie|collar|earrings|necklace|clothes|suit|uniform|"
            + "helmet|coat|sweater)",
        "the (background|backdrop|picture|photo|image|lighting|light|contrast|colours|colors|shadow|sky|wall|"
            + "frame of the photo)",
        "the (weather|room|window|building|car|dog|cat|horse|tree|text|font|volume|music|video|resolution|"
            + "brightness|scene)",
        "({P}|the) (pose|head position|gaze|gender|nationality|weight|height|body|muscles|hat brim|"
            + "headphones|mask|tattoo)",
    ]
    private static let otherQualities: String =
        "({more} (longer|shorter|bigger|smaller|darker|lighter|thicker|thinner|brighter|wider|rounder|redder|"
        + "sharper|softer|cleaner|more visible|less visible|more obvious|less obvious|curlier|straighter|"
        + "warmer|cooler|bluer|more colourful|larger|less prominent|fuller|narrower|nicer)|(blond|blonde|red|"
        + "black|blue|green|brown|pink|white|grey|purple|round|square|dark|invisible|gone|curly|straight|"
        + "transparent|blurred|sharp|closed|different|gone|beautiful|long|short|very long|very short|of medium "
        + "length|thin|thick))"
    private static let otherThings: [String] = [
        "(blond|blonde|red|black|brown|pink|blue|green|grey|white|curly|straight|wavy|long|short|very long) hair",
        "(a|an) (hat|cap|helmet|scarf|necklace|earring|tie|tattoo|scar|crown|mask|turban|nose ring|bow tie|"
            + "medal|flower)",
        "(blue|green|brown|bigger|smaller|wider|open|closed|darker) eyes",
        "a (bigger|smaller|longer|straighter) "
            + "nose",
        "(red|pink|dark|fuller|thinner|more) (lips|lipstick)",
        "(more|less|heavy|no) (makeup|make-up|eye shadow|"
            + "blush)",
        "a (blue|green|white|black|blurred|dark|different|new) (background|backdrop|sky|wall)",
        "(more|less|better) light",
        "a (dog|cat|horse|car|house|tree|boat|bird|pizza|sandwich|cup of coffee|glass of water|spaceship|guitar)",
        "(thicker|thinner|darker|bushy|shaped) eyebrows", "(pale|tanned|darker|lighter|smoother|oily) skin tone",
        "a refund",
        "(earrings|freckles|headphones|a moustache on the dog|a space suit|a picture frame|no hat|no "
            + "earrings|no makeup)",
        "a (wine|drinking|magnifying|looking) glass",
        "(a ponytail|braids|dreadlocks|a mohawk|a bald head|bald|an afro)",
        "a (thick|thin|wooden|golden) (picture frame|photo frame)", "big (ears|muscles|hands|hair)",
        "long (hair|nails|legs)",
    ]
    private static let otherStates: [String] = [
        "be (taller|thinner|fatter|slimmer|richer|famous|stronger|a man|a woman|male|female|bald|blonde|on a "
            + "beach|in Paris)",
        "look (left|right|up|down|at the camera|away|to the side|like a pirate|like a robot|tired|"
            + "surprised|astonished|amazed|scared|shocked|confused|sick|drunk|sleepy|bored)",
        "turn {P} head", "close {P} eyes", "open {P} eyes", "blink", "wink", "sleep", "raise a hand", "sit down",
        "wear (a hat|a red dress|a suit|a helmet|earrings|makeup|lipstick|a mask|a tie|something else)", "eat an apple",
        "have (blue eyes|long hair|blond hair|curly hair|big ears|a big nose|a tattoo|red lips|pale skin|a scar|"
            + "a hat)",
        "dye {P} hair", "go home", "stand up", "lose weight", "speak French", "jump",
    ]
    private static let otherActions: [String] = [
        "(change|paint|blur|remove|replace|darken|brighten|crop|delete) the (background|sky|wall|text|watermark|"
            + "logo)",
        "(dye|colour|color|paint|curl|straighten|lengthen|shorten|cut) {P} hair( (red|blue|blond|black)|)",
        "(rotate|crop|zoom|flip|mirror|resize|save|send|print|delete|open|sharpen|upload) the (picture|image|"
            + "photo|file)",
        "(call|email|text|invite|pay|meet|thank|visit|feed|find) (my|the|your) (mother|boss|dog|cat|doctor|bank|"
            + "team)",
        "(cook|order|buy|bring|make|eat) (dinner|pizza|a cake|some coffee|a sandwich|lunch|tea)",
        "book a flight to Rome",
        "(write|explain|translate|summarise|read) (a poem|this text|the article|a letter|the code|an essay|the news)",
        "make it (black and white|brighter|darker|sharper|blurry|sepia|a painting|a cartoon|rain|snow|louder|"
            + "warmer|colder)",
        "(turn on|turn off|switch on|switch off|dim) the (light|lights|radio|heating|computer|television)",
        "(add|remove|change) ({P}|the) (hat|earrings|makeup|lipstick|necklace|tie|scarf|jacket|helmet|hair|"
            + "watermark|dog)",
        "(enlarge|shrink|move|widen|lift) {P} (eyes|nose|ears|lips|chin|cheeks|head)",
        "(change|swap|guess|show) {P} (gender|ethnicity|name|clothes|job|address|pose)",
        "play some (music|jazz|"
            + "chess)",
        "(drop|delete) (all |)(tables|users|files)",
        "(change|make) the hair (to |)(blond|red|black|curly|longer|shorter|darker|straight|green|brown)",
        "remove (the |)(red eyes|noise|scratches|acne|pimples|freckles|spots|scar|shadow|people in the background)",
        "(increase|decrease|raise|lower|boost|adjust|reduce) the (contrast|saturation|exposure|brightness|resolution|"
            + "volume|temperature|speed|price)( a bit| by ten percent| to 5|)",
        "(apply|use|add|put on) (a|the|some) (filter|vignette|sepia filter|blur|caption|watermark|border|sticker|"
            + "rain|snow|fireworks|confetti|grain)",
        "convert (it|this|the photo) to (greyscale|pdf|jpeg|png|black and white|a drawing)",
        "set the (volume|alarm|timer|date|price|zoom|thermostat) to (5|ten|seven o'clock|3|fifty|zero)",
        "turn (the photo|it|{P} head|the page) (left|right|upside down|around|by ninety degrees)",
        "(whiten|brush|straighten|colour) {P} teeth", "(open|close) {P} mouth (wide|)",
        "(add|draw|give {O}) (a|some) (piercing|mole|birthmark|halo|cape|backpack|scarf|medal|wings|horns|whiskers)",
        "make {O} (wave|dance|sing|talk|jump|fly|blink|wink|nod|sit|turn around|disappear)",
        "(swap|replace|exchange) {P} face (with|for) (mine|another one|that of an actor|a cat's)",
        "(clean|wipe|polish|find|fetch|buy|repair) (my|the|your) (glasses|spectacles|windows|shoes|car)",
        "(fill|pour|drink|raise|break) (a|the|{P}) glass( of water| of wine|)",
        "(trim|water|mow|cut) the (hedge|lawn|plants|tree|grass)", "(count|list|name) the (people|faces|colours|cars)",
        "(move|place|put) {O} (to the left|in the middle|on a beach|in front of a castle|next to a dog)",
        "ignore (all |the )previous instructions", "paint the house", "clean the (window|glass|kitchen|windshield)",
    ]
    private static let talk: [String] = [
        "how are you( today|)", "what (time|day) is it", "what is your name", "who are you",
        "where (am I|are you|is the station)",
        "(what|how) is the weather( today| tomorrow| in London|)",
        "it is (raining|sunny|snowing|cold|hot|windy) (today|outside)",
        "(test|testing|help|quit|exit|whatever)",
        "how (much|far|long|many|old) is (it|the moon|the car|the house|that|this building|the earth)",
        "tell me a story",
        "the (train|bus|meeting|match|film|shop|school) (starts|leaves|opens|ends|is) at (nine|ten|5|6 pm|noon|"
            + "eight)",
        "two plus two (is|equals) (four|five)", "the quick brown fox jumps over the lazy dog", "once upon a time",
        "lorem ipsum",
        "who is {S}",
        "my (name is Bob|phone is broken|car won't start|flight is late|password is wrong|order has not arrived)",
        "{S}",
        "(what|which) (colour|size|country|photo|song) (is|was) (it|this|that|best)",
        "(select|insert|print|return|import) x",
        "the (capital|president|population) of (France|Italy|Peru|Japan)", "if x is 3 then y is (four|7|ten)",
        "do something",
        "is {S} (married|famous|your friend|here|at home|a doctor|an actor)", "where does {S} live",
        "(please|can you|I want)",
        "{S} {is} (a doctor|my neighbour|in the garden|at home|very kind|on the phone|from Italy|tall|rich|"
            + "beautiful|lovely)",
        "change (something|it|everything|the face|{O}|the person|that)",
        "make (it|{O}|the face) (better|nice|different|pretty)",
        "(I don't know|no idea|whatever you like)",
        "(good morning|good evening|hello there|see you tomorrow|good night|nice to meet you|welcome back)",
        "I (am|feel) (hungry|tired|busy|at work|on my way|cold|thirsty)",
        "my (glasses|spectacles) are (dirty|broken|lost|on the table|in the car)",
        "(my|your) beard (itches|is itchy|tickles)", "(my|your) (head|tooth|back|foot|stomach) (hurts|aches)",
        "(what|who) can (you|I|we) (do|say|see|ask)( here| now|)",
        "(how|why) does (this|it|the program|the radio) work", "can you (hear|see|understand|help) me",
        "the (coffee|soup|cake|tea) (tastes|smells|is) (good|bad|cold|fine)",
        "(we|they|you) (are|were) (late|early|here|there|ready|lost)( again| today|)",
        "(call|write|text) me (later|tomorrow|back)", "let us (go|eat|wait|begin|leave)( now| soon|)",
        "(surprise me|you choose|as you like|anything|something else|another one|next)",
        "(make|edit|improve|fix|change) (the|this|my) (face|picture|photo|portrait|person|image)",
    ]
    private static let foreign: [String] = [
        "Bitte lass sie lächeln", "Sie soll eine Brille tragen", "Mach ihn jünger", "Er braucht einen längeren Bart",
        "Kannst du die Haare kürzer machen", "Ich möchte einen Kaffee", "Das Wetter ist heute schön",
        "Wie geht "
            + "es dir",
        "Fais-la sourire", "Il devrait porter des lunettes", "Je voudrais une barbe plus longue",
        "Rends-le plus "
            + "jeune",
        "Bonjour, comment allez-vous", "Où est la gare", "Enlève les lunettes s'il te plaît",
        "Il fait beau aujourd'hui",
        "Haz que sonría", "Quiero que tenga barba", "Ponle gafas de sol", "Ella debería ser más joven", "Buenos días",
        "¿Dónde está la estación?", "Me gusta mucho esta foto", "Quítale el flequillo", "Falla sorridere",
        "Vorrei una barba più lunga", "Togli gli occhiali", "Dovrebbe essere più giovane", "Buongiorno a tutti",
        "Faça ela sorrir", "Ele deveria usar óculos", "Tire a barba", "Bom dia, tudo bem", "Laat haar lachen",
        "Hij moet een bril dragen", "Maak hem jonger", "Goedemorgen allemaal", "Zrób mu brodę",
        "Niech się "
            + "uśmiechnie",
        "Dzień dobry", "Få henne att le", "Hon borde ha glasögon", "Få ham til at smile", "Tee hänestä nuorempi",
        "Gülümsesin lütfen", "Gözlük takmalı", "Onu daha genç yap", "Buat dia tersenyum", "Hãy làm cô ấy cười",
        "Ut rideat volo", "Udělej ho mladšího", "Mosolyogjon kérlek", "Fă-o să zâmbească", "Dodaj okulary",
    ]
}
