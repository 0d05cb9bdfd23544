import Testing

/// Runs the tests. Without this file, a build searches an index of all test modules for tests of XCTest, which there are none of;
/// the index takes a third of the time that the test modules take.
@main enum TestRunner {
    static func main() async {
        await Testing.__swiftPMEntryPoint() as Never
    }
}
