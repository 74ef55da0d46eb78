/// Negative numbers on a command line. ArgumentParser takes what begins with a dash for an option: `--snr -6 -3 0` would be
/// wrong usage.
package enum NegativeNumbers {
    /// The arguments of this process, with negative numbers attached to the option before them.
    package static var commandLine: [String] { attached(in: Array(CommandLine.arguments.dropFirst())) }

    /// Attaches each negative number to the option that stands before it: `--snr -6 -3 0` becomes `--snr=-6 --snr=-3 0`.
    /// What follows `--` stays as it is.
    static func attached(in arguments: [String]) -> [String] {
        let options = arguments.prefix { $0 != "--" }
        var result: [String] = []
        var option: String?
        for argument in options {
            if argument.hasPrefix("--") {
                option = argument.contains("=") ? nil : argument
                result.append(argument)
            } else if let name = option, argument.hasPrefix("-"), Double(argument) != nil {
                // The option itself stands there already where a value of another sign came first.
                if result.last == name { result.removeLast() }
                result.append("\(name)=\(argument)")
            } else {
                result.append(argument)
            }
        }
        return result + arguments.dropFirst(options.count)
    }
}
