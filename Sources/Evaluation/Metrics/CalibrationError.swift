/// The expected calibration error of probabilities: the mean distance of probability and share in ten classes of probability,
/// weighted by the forecasts in them; nil of none.
func calibrationError(of forecasts: [(probability: Double, isTrue: Bool)]) -> Double? {
    guard !forecasts.isEmpty else { return nil }
    var surplus = [Double](repeating: 0, count: 10)
    for forecast in forecasts {
        surplus[min(9, Int(forecast.probability * 10))] += forecast.probability - (forecast.isTrue ? 1 : 0)
    }
    return surplus.reduce(0) { $0 + abs($1) } / Double(forecasts.count)
}
