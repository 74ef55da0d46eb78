import SemanticCoding

extension BriefPhrases {
    /// What stands in a row of a few words, by attribute, and what it means.
    static let shortForms: [EditRequest.Attribute: [(String, EditRequest.Kind)]] = [
        .age: [
            ("(a bit |slightly |a little |)older", up), ("(much|a lot|way) older", .change(direction: .up, degree: 4)),
            ("(a bit |slightly |a little |)younger", down),
            ("(much|a lot|way) younger", .change(direction: .down, degree: 4)), ("very old", goal(5)),
            ("middle-aged", goal(3)), ("old", goal(4)), ("(ten|20|15) years (older)", up),
        ],
        .smiling: [
            ("(a bit |slightly |)happier", up), ("(smiling|cheerful|happy)", up),
            ("(much|a lot|way) happier", .change(direction: .up, degree: 4)),
            ("with a (big|wide|broad) smile", goal(4)), ("no smile", goal(0)),
            ("(more|a bit more) smile", up), ("less smile", down), ("laughing", goal(5)),
            ("(serious|sad|grumpy|angry)", goal(0)), ("a (faint|slight) smile", goal(1)), ("with a smile", up),
        ],
        .beard: [
            ("with a beard", up), ("bearded", up), ("(a |)(longer|bigger|thicker) beard", up),
            ("(a |)shorter beard", down), ("no beard", goal(0)), ("clean-shaven", goal(0)),
            ("(a |)full beard", goal(5)), ("more beard", up),
            ("less beard", down), ("a beard", up), ("without (the |a |)beard", goal(0)),
            ("with (some |)stubble", goal(1)), ("(a |with a |)(long|bushy) beard", goal(4)),
            ("(a |with a |)short beard", goal(2)),
        ],
        .eyeglasses: [
            ("with glasses", up), ("glasses", up), ("no glasses", goal(0)), ("without (the |)glasses", goal(0)),
            ("(with |)(sunglasses|shades)", goal(5)), ("thick glasses", goal(3)), ("rimless glasses", goal(1)),
            ("wearing (glasses|specs)", up), ("thicker (frames|glasses)", up), ("thinner (frames|glasses)", down),
            ("glasses off", goal(0)),
        ],
        .bangs: [
            ("(with |)bangs", up), ("(with |)a fringe", up), ("no (bangs|fringe)", goal(0)),
            ("longer (bangs|fringe)", up), ("shorter (bangs|fringe)", down), ("(with |)long bangs", goal(4)),
            ("(with |)short bangs", goal(2)),
            ("without (the |)(bangs|fringe)", goal(0)), ("(more|a bit more) fringe", up), ("very short bangs", goal(1)),
        ],
    ]
}
