import Tensor

/// How much: adverbs for the steps of a change. Index 0 means that nothing is said, which counts as one step.
enum Intensity {
    /// Before a comparative: "much longer".
    static let before = compiled([
        "(||||||even)",
        "(slightly|slightly|a bit|a bit|a little|a little|a little bit|a tad|a touch|just a bit|only "
            + "slightly|marginally|a tiny bit|ever so slightly|a smidge|minimally|one degree|one step|a notch|a "
            + "hair|just a little|a wee bit|one level|subtly|mildly|only a little)",
        "(somewhat|somewhat|moderately|rather|kind of|sort of|a couple of notches|two degrees|two steps|two "
            + "levels|reasonably|fairly|two notches|to some extent|modestly)",
        "(quite a bit|considerably|noticeably|significantly|substantially|markedly|visibly|a good deal|three "
            + "degrees|three steps|three levels|three notches|distinctly|appreciably|quite)",
        "(much|much|much|much|much|a lot|a lot|a lot|lots|way|way|far|far|very much|a great deal|drastically|"
            + "dramatically|hugely|vastly|massively|enormously|a whole lot|so much|much much|much, much|"
            + "tremendously|four degrees|four steps|four levels|immensely|a hell of a lot|radically|incomparably|"
            + "super)",
        "(completely|totally|absolutely|infinitely|maximally|five degrees|five steps|five levels|to the max)",
    ])

    /// Inside a noun phrase: "a much longer beard".
    static let within = compiled([
        "(||||||even)",
        "(slightly|slightly|marginally|ever so slightly|only slightly|subtly|mildly|just slightly|a bit|a little)",
        "(somewhat|somewhat|moderately|rather|reasonably|modestly)",
        "(considerably|noticeably|significantly|substantially|markedly|visibly|quite a bit)",
        "(much|much|much|a lot|way|far|drastically|dramatically|hugely|vastly|massively|enormously|much much|"
            + "tremendously|very much|immensely)",
        "(totally|completely|absolutely|infinitely|maximally)",
    ])

    /// After the phrase: "longer by a lot".
    static let after = compiled([
        "",
        "(by a bit|by a little|just a little|a bit|slightly|a little|a little bit|a tad|by (one|1|a single) "
            + "(degree|level|step|notch)|only a bit|by a small amount|just a touch|but only slightly|ever so "
            + "slightly|but just a bit|but only a little|by a hair|a tiny bit|, just a little bit)",
        "(somewhat|somewhat|moderately|to some extent|by (two|2) (degrees|levels|steps|notches)|within "
            + "reason|somewhat, but not too much|by a moderate amount|a few notches|a bit, but not too little|to a "
            + "moderate degree)",
        "(considerably|quite a bit|by quite a bit|by (three|3) (degrees|levels|steps|notches)|significantly|"
            + "noticeably|but not too much|, but not too much|substantially|by a good deal)",
        "(a lot|a lot|by a lot|much|very much|dramatically|drastically|massively|by a great deal|by (four|4) "
            + "(degrees|levels|steps|notches)|hugely|enormously|a great deal|a whole lot|by a huge amount|by a "
            + "very large amount|radically)",
        "(as much as possible|to the (max|maximum|extreme|limit)|all the way|completely|by (five|5) (degrees|"
            + "levels|steps|notches)|as much as you can|as far as possible|as far as it goes|totally|to the "
            + "fullest)",
    ])

    /// Before an adjective complained of: "much too long".
    static let tooMuch = compiled([
        "(too|too|too|a little too|so)",
        "(a bit too|a little too|slightly too|a tad too|a touch too|just a little too)",
        "(somewhat too|rather too|moderately too)",
        "(quite a bit too|considerably too|noticeably too)",
        "(much too|way too|a lot too|far too|far too|way way too|drastically too|massively too|so much too|"
            + "hugely too|dramatically too)",
        "(totally too|infinitely too|completely too)",
    ])

    private static func compiled(_ patterns: [String]) -> [PhraseTemplate] { patterns.map(PhraseTemplate.init) }

    /// The slots above, as patterns name them.
    static let slots: Set<String> = ["more", "very", "by", "too"]
}
