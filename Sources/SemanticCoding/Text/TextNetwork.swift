import Tensor

/// E_T's network: word vectors summed from hashed pieces, a bidirectional LSTM, one hidden layer, three heads.
package struct TextNetwork {
    /// Widths of word vectors, of the LSTM in each direction, and of the layer before the heads.
    package static let (wordWidth, stateWidth, hiddenWidth) = (48, 96, 128)
    /// Classes of the first head: the five attributes, then these two.
    package static let unrelated = EditRequest.Attribute.allCases.count
    package static let several = unrelated + 1
    /// Classes of the second head: change up, change down, target.
    package static let (up, down, target) = (0, 1, 2)

    /// Names and shapes, in the order of the file.
    package static let shapes: [(name: String, shape: [Int])] = {
        let gates = 4 * stateWidth
        var shapes = [("words", [RequestTokenizer.buckets, wordWidth])]
        for direction in ["forward", "backward"] {
            shapes += [
                ("\(direction).input", [gates, wordWidth]), ("\(direction).hidden", [gates, stateWidth]),
                ("\(direction).bias", [gates]),
            ]
        }
        shapes += [("hidden.weight", [hiddenWidth, 2 * stateWidth]), ("hidden.bias", [hiddenWidth])]
        for (head, classes) in [("attribute", several + 1), ("kind", 3), ("degree", 6)] {
            shapes += [("\(head).weight", [classes, hiddenWidth]), ("\(head).bias", [classes])]
        }
        return shapes
    }()

    /// Logits of a batch: attribute [N,7], kind [N,3], degree [N,6].
    package struct Answer {
        package let attribute, kind, degree: Variable
    }

    /// In the order of `shapes`.
    package let parameters: [Variable]

    package init(tensors: [Tensor], trainable: Bool) {
        parameters = tensors.map { Variable($0, requiresGradient: trainable) }
    }

    private func parameter(_ name: String) -> Variable {
        guard let index = Self.shapes.firstIndex(where: { $0.name == name }) else {
            preconditionFailure("no parameter \(name)")
        }
        return parameters[index]
    }

    /// Fresh weights: word pieces from N(0, 0.1²) scaled by the width, the rest uniform in ±1/√inputs, forget gates open.
    package static func initialTensors(seed: UInt64) -> [Tensor] {
        var random = SeededGenerator(seed: seed ^ 0x5445_5854)
        return shapes.map { name, shape in
            if name == "words" { return Tensor(normal: shape, deviation: 0.3, generator: &random) }
            let tensor = Tensor(zeros: shape)
            let bound = 1 / Float(shape[shape.count - 1]).squareRoot()
            tensor.withUnsafeMutableBufferPointer { values in
                if shape.count == 2 {
                    for index in values.indices { values[index] = (2 * random.uniform() - 1) * bound }
                } else if shape[0] == 4 * stateWidth {
                    for index in stateWidth..<2 * stateWidth { values[index] = 1 }
                }
            }
            return tensor
        }
    }

    /// Reads a batch of sentences, given as words; none may be empty.
    ///
    /// - Parameter keepsWord: whether the piece that stands for a whole word is used. Leaving it out now and then in
    ///   training teaches the shorter pieces, on which unknown and misspelt words rely.
    package func callAsFunction(_ sentences: [[String]], keepsWord: () -> Bool = { true }) -> Answer {
        var numbers: [String: Int] = [:]
        var pieces: [[Int]] = []
        let indexed = sentences.map { words in
            words.map { word in
                if let number = numbers[word] { return number }
                numbers[word] = pieces.count
                pieces.append(RequestTokenizer.pieces(of: word))
                return pieces.count - 1
            }
        }
        let vectors = wordVectors(pieces, keepsWord)
        let states = [
            finalState("forward", vectors, indexed), finalState("backward", vectors, indexed.map { $0.reversed() }),
        ]
        let joined = Variable.concatenated(states, axis: 1)
        let hidden = joined.linear(weight: parameter("hidden.weight"), bias: parameter("hidden.bias")).relu()
        return Answer(
            attribute: head("attribute", hidden),
            kind: head("kind", hidden),
            degree: head("degree", hidden)
        )
    }

    /// [U, wordWidth]: the sum of each word's pieces over the root of their number.
    private func wordVectors(_ pieces: [[Int]], _ keepsWord: () -> Bool) -> Variable {
        let most = pieces.map(\.count).max() ?? 1
        var rows = [Int](repeating: 0, count: pieces.count * most)
        var weights = [Float](repeating: 0, count: pieces.count * most)
        for (word, its) in pieces.enumerated() {
            let weight = Float(most) / Float(its.count).squareRoot()
            for (index, row) in its.enumerated() {
                rows[word * most + index] = row
                weights[word * most + index] = index == 0 && !keepsWord() ? 0 : weight
            }
        }
        let mask = Variable(Tensor(weights, shape: [pieces.count, most, 1]))
        let gathered = parameter("words").embedding(indices: rows).reshaped([pieces.count, most, Self.wordWidth])
        return (gathered * mask).reshaped([pieces.count, 1, most, Self.wordWidth]).globalAveragePool()
    }

    /// [N, stateWidth]: the LSTM's hidden state behind each sentence's last word.
    ///
    /// Sentences that have ended drop out of the batch.
    private func finalState(_ direction: String, _ vectors: Variable, _ sentences: [[Int]]) -> Variable {
        let inputWeight = parameter("\(direction).input")
        let hiddenWeight = parameter("\(direction).hidden")
        let bias = parameter("\(direction).bias")
        let order = sentences.indices.sorted { (sentences[$0].count, $0) > (sentences[$1].count, $1) }
        var hidden = Variable(Tensor(zeros: [sentences.count, Self.stateWidth]))
        var cell = hidden
        var ended: [Variable] = []
        var running = sentences.count
        for step in 0..<(order.first.map { sentences[$0].count } ?? 0) {
            let left = order.prefix(running).count { sentences[$0].count > step }
            if left < running {
                ended.append(hidden.slice(axis: 0, range: left..<running))
                (hidden, cell) = (hidden.slice(axis: 0, range: 0..<left), cell.slice(axis: 0, range: 0..<left))
                running = left
            }
            let input = vectors.embedding(indices: order.prefix(running).map { sentences[$0][step] })
            let gates = input.linear(weight: inputWeight, bias: bias) + hidden.linear(weight: hiddenWeight)
            (hidden, cell) = gates.lstmCell(cell)
        }
        let sorted = Variable.concatenated([hidden] + ended.reversed(), axis: 0)
        var places = [Int](repeating: 0, count: order.count)
        for (place, sentence) in order.enumerated() { places[sentence] = place }
        return sorted.embedding(indices: places)
    }

    private func head(_ name: String, _ hidden: Variable) -> Variable {
        hidden.linear(weight: parameter("\(name).weight"), bias: parameter("\(name).bias"))
    }
}
