/// What is wrong with a staged line; the file and the line are added where they are known.
struct LineError: Error {
    let message: String

    init(_ message: String) { self.message = message }
}
