import HTTP
import Testing

@testable import Remote

@Suite struct StoreLocationTests {
    @Test func addressesAreThoseOfTheStore() throws {
        let plain = try #require(StoreLocation("s3://firms/staging/eu/", region: "eu-west-1"))
        #expect(plain.prefix == "staging/eu/")
        #expect(plain.address(key: "a b/ü+%")?.url == "https://firms.s3.eu-west-1.amazonaws.com/a%20b/%C3%BC%2B%25")
        let dotted = try #require(StoreLocation("s3://firms.example"))
        #expect(dotted.prefix.isEmpty)
        #expect(
            dotted.address(key: "", query: [("prefix", "a/"), ("list-type", "2")])?.url
                == "https://s3.us-east-1.amazonaws.com/firms.example/?list-type=2&prefix=a%2F")
        let own = try #require(StoreLocation("s3://firms", endpoint: WebAddress("http://127.0.0.1:9000/")))
        #expect(own.address(key: "k")?.url == "http://127.0.0.1:9000/firms/k")
    }

    @Test(arguments: [
        "", "firms", "http://firms/a", "s3://", "s3://ab", "s3://Firms/a", "s3://firms/../a", "s3://firms/a b",
    ])
    func whatIsNoLocationIsRefused(_ text: String) { #expect(StoreLocation(text) == nil) }

    @Test func encodedTextsComeBack() {
        for text in ["a+b c/ü%25", "~-_.", "\u{1F600}&<>"] {
            #expect(StoreLocation.decoded(StoreLocation.encoded(text)) == text)
        }
        #expect(StoreLocation.decoded("a%2") == nil)
        #expect(StoreLocation.decoded("a%FF") == nil)
    }

    @Test func waitsGrowAndEnd() {
        let retry = StoreRetry(maximumRetries: 3, base: 1)
        #expect(retry.delay(beforeRetry: 1, random: 0) == 0.5)
        #expect(retry.delay(beforeRetry: 3, random: 0) == 2)
        #expect(retry.delay(beforeRetry: 4, random: 0) == nil)
        #expect(StoreRetry(maximumRetries: 0, base: 1).delay(beforeRetry: 1, random: 0) == nil)
        #expect(StoreRetry().delay(beforeRetry: 6, random: 0.999)! < 20)
    }
}
