import Tensor

/// E_T's network: pre-trained word vectors and hashed pieces of words, a bidirectional LSTM, a tag for each word that
/// parts the sentence into clauses, and heads for what each clause asks.
package struct TextNetwork {
    /// Widths of pre-trained vectors, of the LSTM's input and state in each direction, and of the layer before the heads.
    package static let (vectorWidth, wordWidth, stateWidth, hiddenWidth) = (64, 48, 96, 128)

    /// What a word is to its clause: its first, a further one, or between clauses.
    package enum Tag: Int, Sendable {
        case first, inside, outside
    }

    /// Names and shapes, in the order of the file. The table of vectors has as many rows as there are words.
    package static func shapes(vectors: Int) -> [(name: String, shape: [Int])] {
        let gates = 4 * stateWidth
        var shapes = [
            ("vectors", [vectors, vectorWidth]), ("projection", [wordWidth, vectorWidth]),
            ("words", [RequestTokenizer.buckets, wordWidth]),
        ]
        for direction in ["forward", "backward"] {
            shapes += [
                ("\(direction).input", [gates, wordWidth]), ("\(direction).hidden", [gates, stateWidth]),
                ("\(direction).bias", [gates]),
            ]
        }
        shapes += [
            ("tag.weight", [3, 2 * stateWidth]), ("tag.bias", [3]), ("hidden.weight", [hiddenWidth, 4 * stateWidth]),
            ("hidden.bias", [hiddenWidth]),
        ]
        for (head, classes) in [("act", ClauseAct.allCases.count), ("attribute", 5), ("degree", 6)] {
            shapes += [("\(head).weight", [classes, hiddenWidth]), ("\(head).bias", [classes])]
        }
        return shapes
    }

    /// A word as the network reads it.
    package struct Word: Hashable, Sendable {
        package let text: String
        /// The row of its vector.
        package let vector: Int?
        /// Whether its hashed pieces count. Those of a word that no training has seen say nothing where it has a vector.
        package let hasPieces: Bool

        package init(text: String, vector: Int?, hasPieces: Bool) {
            (self.text, self.vector, self.hasPieces) = (text, vector, hasPieces)
        }
    }

    /// Words of a sentence of the batch that make a clause.
    package struct Clause: Sendable {
        package let sentence: Int
        package let words: Range<Int>

        package init(sentence: Int, words: Range<Int>) {
            (self.sentence, self.words) = (sentence, words)
        }
    }

    /// Logits of clauses: act [C,12], attribute [C,5], degree [C,6].
    package struct Answer {
        package let act, attribute, degree: Variable
    }

    /// The LSTM's states, a row a word, sentence behind sentence.
    package struct States {
        let forward, backward: Variable
        let firstRows: [Int]
    }

    /// In the order of `shapes`.
    package let parameters: [Variable]
    private let names: [String]

    /// The pre-trained vectors stay as they are.
    package init(tensors: [Tensor], trainable: Bool) {
        names = Self.shapes(vectors: 0).map(\.name)
        parameters = zip(names, tensors).map { Variable($1, requiresGradient: trainable && $0 != "vectors") }
    }

    private func parameter(_ name: String) -> Variable {
        guard let index = names.firstIndex(of: name) else { preconditionFailure("no parameter \(name)") }
        return parameters[index]
    }

    /// Fresh weights round the vectors: word pieces from N(0, 0.3²), the rest uniform in ±1/√inputs, forget gates open.
    package static func initialTensors(vectors: Tensor, seed: UInt64) -> [Tensor] {
        var random = SeededGenerator(seed: seed ^ 0x5445_5854)
        return shapes(vectors: vectors.shape[0]).map { name, shape in
            if name == "vectors" { return vectors }
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

    /// Reads a batch of sentences; none may be empty.
    package func states(_ sentences: [[Word]]) -> States {
        var numbers: [Word: Int] = [:]
        var words: [Word] = []
        let indexed = sentences.map { sentence in
            sentence.map { word in
                if let number = numbers[word] { return number }
                numbers[word] = words.count
                words.append(word)
                return words.count - 1
            }
        }
        let inputs = wordVectors(words)
        var firstRows: [Int] = []
        var count = 0
        for sentence in sentences {
            firstRows.append(count)
            count += sentence.count
        }
        return States(
            forward: run("forward", inputs, indexed) { index, _ in index },
            backward: run("backward", inputs, indexed.map { $0.reversed() }) { index, count in count - 1 - index },
            firstRows: firstRows
        )
    }

    /// [T,3]: logits of each word's `Tag`.
    package func tags(_ states: States) -> Variable {
        head("tag", Variable.concatenated([states.forward, states.backward], axis: 1))
    }

    /// What each clause asks: from the states at its ends and their mean.
    package func answer(_ clauses: [Clause], _ states: States) -> Answer {
        let rows = clauses.map { clause in clause.words.map { states.firstRows[clause.sentence] + $0 } }
        let most = rows.map(\.count).max() ?? 1
        var indices = [Int](repeating: 0, count: rows.count * most)
        var weights = [Float](repeating: 0, count: rows.count * most)
        for (clause, its) in rows.enumerated() {
            for (index, row) in its.enumerated() {
                indices[clause * most + index] = row
                weights[clause * most + index] = Float(most) / Float(its.count)
            }
        }
        let mask = Variable(Tensor(weights, shape: [rows.count, most, 1]))
        func mean(_ states: Variable) -> Variable {
            let gathered = states.embedding(indices: indices).reshaped([rows.count, most, Self.stateWidth])
            return (gathered * mask).reshaped([rows.count, 1, most, Self.stateWidth]).globalAveragePool()
        }
        let joined = Variable.concatenated(
            [
                states.forward.embedding(indices: rows.map { $0[$0.count - 1] }),
                states.backward.embedding(indices: rows.map { $0[0] }), mean(states.forward), mean(states.backward),
            ],
            axis: 1
        )
        let hidden = head("hidden", joined).relu()
        return Answer(act: head("act", hidden), attribute: head("attribute", hidden), degree: head("degree", hidden))
    }

    /// [U, wordWidth]: the projected vector, and the sum of the word's pieces over the root of their number.
    private func wordVectors(_ words: [Word]) -> Variable {
        let pieces = words.map { $0.hasPieces ? RequestTokenizer.pieces(of: $0.text) : [] }
        let most = max(1, pieces.map(\.count).max() ?? 1)
        var rows = [Int](repeating: 0, count: pieces.count * most)
        var weights = [Float](repeating: 0, count: pieces.count * most)
        for (word, its) in pieces.enumerated() {
            for (index, row) in its.enumerated() {
                rows[word * most + index] = row
                weights[word * most + index] = Float(most) / Float(its.count).squareRoot()
            }
        }
        let mask = Variable(Tensor(weights, shape: [pieces.count, most, 1]))
        let gathered = parameter("words").embedding(indices: rows).reshaped([pieces.count, most, Self.wordWidth])
        let summed = (gathered * mask).reshaped([pieces.count, 1, most, Self.wordWidth]).globalAveragePool()
        let present = Variable(Tensor(words.map { $0.vector == nil ? 0 : 1 }, shape: [words.count, 1]))
        let vectors = parameter("vectors").embedding(indices: words.map { $0.vector ?? 0 }) * present
        return summed + vectors.linear(weight: parameter("projection"))
    }

    /// [T, stateWidth]: the LSTM's hidden state behind each word, sentence behind sentence.
    ///
    /// Sentences that have ended drop out of the batch.
    ///
    /// - Parameter place: the word of a sentence of so many that a step reads.
    private func run(
        _ direction: String,
        _ inputs: Variable,
        _ sentences: [[Int]],
        place: (Int, Int) -> Int
    ) -> Variable {
        let inputWeight = parameter("\(direction).input")
        let hiddenWeight = parameter("\(direction).hidden")
        let bias = parameter("\(direction).bias")
        let order = sentences.indices.sorted { (sentences[$0].count, $0) > (sentences[$1].count, $1) }
        var hidden = Variable(Tensor(zeros: [sentences.count, Self.stateWidth]))
        var cell = hidden
        var all: [Variable] = []
        var rows = sentences.map { [Int](repeating: 0, count: $0.count) }
        var (running, row) = (sentences.count, 0)
        for step in 0..<(order.first.map { sentences[$0].count } ?? 0) {
            let left = order.prefix(running).count { sentences[$0].count > step }
            if left < running {
                (hidden, cell) = (hidden.slice(axis: 0, range: 0..<left), cell.slice(axis: 0, range: 0..<left))
                running = left
            }
            let input = inputs.embedding(indices: order.prefix(running).map { sentences[$0][step] })
            let gates = input.linear(weight: inputWeight, bias: bias) + hidden.linear(weight: hiddenWeight)
            (hidden, cell) = gates.lstmCell(cell)
            all.append(hidden)
            for sentence in order.prefix(running) {
                rows[sentence][place(step, sentences[sentence].count)] = row
                row += 1
            }
        }
        return Variable.concatenated(all, axis: 0).embedding(indices: rows.flatMap { $0 })
    }

    private func head(_ name: String, _ hidden: Variable) -> Variable {
        hidden.linear(weight: parameter("\(name).weight"), bias: parameter("\(name).bias"))
    }
}
