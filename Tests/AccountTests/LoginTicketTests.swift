import Testing

@testable import Account

/// What ties a browser's answer to the login that asked.
@Suite struct LoginTicketTests {
    private let ticket = LoginTicket(
        redirect: "http://127.0.0.1:1/callback", state: "s+1", verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")

    @Test("The challenge is that of RFC 7636, appendix B")
    func challenge() {
        #expect(ticket.challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")
    }

    @Test func noTwoTicketsAreAlike() {
        let tickets = (0..<50).map { _ in LoginTicket(redirect: "http://127.0.0.1:1/callback") }
        #expect(Set(tickets.map(\.state)).count == 50 && Set(tickets.map(\.verifier)).count == 50)
        for ticket in tickets {
            // RFC 7636: 43 to 128 unreserved characters.
            #expect((43...128).contains(ticket.verifier.count))
            #expect(ticket.verifier.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" })
        }
    }

    @Test(
        arguments: [
            ("code=abc&state=s%2B1", "abc"), ("state=s%2B1&code=a%2Fb&more=1", "a/b"),
        ])
    func theCodeOfOurOwnAnswerIsTaken(_ query: String, _ code: String) throws {
        #expect(try ticket.code(in: query) == code)
    }

    @Test(
        arguments: [
            ("code=abc&state=other", LoginError.Code.state), ("code=abc", .state), ("error=access_denied", .state),
            ("error=access_denied&state=s%2B1", .denied), ("error=server_error&state=s%2B1", .refused),
            ("state=s%2B1", .answer), ("code=&state=s%2B1", .answer), ("", .state), ("&&=&", .state),
        ])
    func anyOtherAnswerIsRefusedByItsReason(_ query: String, _ code: LoginError.Code) {
        let error = #expect(throws: LoginError.self) { try ticket.code(in: query) }
        #expect(error?.code == code)
        #expect(error?.description.contains("abc") == false)
    }

    @Test func acodeOrTheWholeAddressCanBePasted() throws {
        #expect(try ticket.code(pasted: " abc-1\n") == "abc-1")
        #expect(try ticket.code(pasted: "https://app.clio.com/oauth/approval?code=abc&state=s%2B1#top") == "abc")
        for wrong in ["", "  \n", "two words", "https://app.clio.com/oauth/approval", "?code=abc&state=x"] {
            #expect(throws: LoginError.self) { try ticket.code(pasted: wrong) }
        }
    }
}
