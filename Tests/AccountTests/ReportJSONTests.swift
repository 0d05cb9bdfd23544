import JSON
import Testing

@testable import Account

/// The JSON of each kind of report, key by key: scripts rely on it.
@Suite struct ReportJSONTests {
    @Test func aDoctorsVisit() {
        var doctor = DoctorReport()
        doctor.ok("token", "fine")
        doctor.fail("disk", "full", "free some")
        doctor.requests = 3
        #expect(
            doctor.json == """
                {"ok":false,"requests":3,"findings":[{"check":"token","state":"ok","message":"fine","remedy":null},\
                {"check":"disk","state":"fail","message":"full","remedy":"free some"}]}
                """)
    }

    @Test func aLogin() {
        let login = Login.Status(
            userID: 5, userName: nil, accountID: nil, accountName: "Smith", baseURL: "https://app.clio.com",
            region: "us", source: ".env", expiresAt: nil, isRenewable: true, scope: nil)
        #expect(
            login.json == """
                {"user_id":5,"account_id":null,"user_name":null,"account_name":"Smith",\
                "base_url":"https://app.clio.com","region":"us","expires_at":null,"scope":null,"source":".env",\
                "renewable":true}
                """)
    }
}
