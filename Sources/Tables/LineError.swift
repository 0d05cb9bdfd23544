/// What is wrong with a staged line; the file and the line are added where they are known.
package struct LineError: Error {
    package let message: String

    package init(_ message: String) { self.message = message }
}
