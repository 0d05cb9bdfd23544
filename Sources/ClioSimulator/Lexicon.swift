/// Words of the firm, as the inside of JSON strings: what must be escaped is escaped already.
///
/// Names and notes hold what real accounts hold: apostrophes, quotes, backslashes, markup, emoji, right-to-left scripts,
/// line separators and the odd escaped NUL.
struct Lexicon: Sendable {
    let given: [[UInt8]] = split(
        #"Ada Grace José Zoë Alan Barbara Søren Noor Wei Priya Olga Tomás Kwame Lucía Hana Ingrid Mateo Aoife Yuki "#
            + #"Dmitri Fatima Chidi Élodie Björn Siobhán Ravi Naomi Luis Zainab Peter 伟 محمد שרה Ана"#)
    let family: [[UInt8]] = split(
        #"Lovelace Hopper García O'Brien Turing Müller Ångström Nguyễn Okafor Smith Johnson van_der_Berg "#
            + #"Zhang Xu Quigley Underwood Ito Kowalski López Novák Fischer Évrard Dubois Jansen Ramírez "#
            + #"Yılmaz Hernández Wójcik Bianchi Łukasiewicz 李 الفارسي כהן Çelik D'Angelo Thompson Vasquez Enright"#)
    let firms: [[UInt8]] = lines(
        #"""
        Acme \"Quality\" Widgets, Inc.
        3M & Sons
        Globex Corporation
        Initech LLC
        Umbrella <b>Holdings</b>
        Vandelay Industries
        株式会社ハナ
        Café Central GmbH & Co. KG
        Back\\slash Systems
        Société Générale d'Études
        1-800-LAWYERS
        Zenith Realty Trust
        Northwind Traders
        Ümlaut AG
        Kestrel Partners LLP
        🦊 Fox Media
        """#)
    let phrases: [[UInt8]] = lines(
        #"""
        Telephone conference with client regarding discovery responses
        Draft motion to compel; revise and file
        <p>Client called re: <b>settlement</b> &amp; fees</p>
        Review of the 2019 lease (see \"Exhibit A\")
        Path C:\\Clients\\Smith\\brief.docx
        Line one\nline two\r\n\tindented
        Réunion avec l'expert, à confirmer
        📎 filed with the clerk ✅
        שיחה עם הלקוח בנושא ההסכם
        مراجعة العقد مع الموكل
        Paragraph\u2028separator and \u2029 another
        Pasted from a fax\u0000 with a NUL
        Correspondence w/ opposing counsel
        <div><br/>&nbsp;<a href=\"https://example.com/?a=1&b=2\">link</a></div>
        Prepare for hearing 50% done, {braces}, [brackets], comma,
        电话会议，讨论和解方案
        Travel to court \u2014 2 hrs
        Family emoji \ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67 in the notes
        Trust deposit received 'check #1024'
        Legal research: e\u0301 vs é, ﬁ ligature, zero\u200bwidth
        """#)
    let topics: [[UInt8]] = lines(
        #"""
        Estate of the late client
        Breach of contract
        Lease negotiation
        Custody agreement
        Incorporation
        Slip & fall
        Patent \"widget\" dispute
        Immigration petition
        DUI defence
        Asset purchase
        Workers' comp claim
        Zoning appeal
        """#)
    let titles: [[UInt8]] = lines("Chief Executive Officer\nParalegal\nDirector\nOf Counsel\nVP, Operations\nPhysician")
    let streets: [[UInt8]] = lines("Market Street\nRue de l'Église\nKönigsallee\nSunset Blvd., Suite #200\nHigh Street")
    let cities: [[UInt8]] = lines("San Francisco\nVancouver\nMünchen\nMontréal\nSydney\nLondon")
    let areas: [[UInt8]] = lines(
        """
        Civil Litigation
        Criminal
        Family
        Personal Injury
        Real Estate
        Tax
        Immigration
        Wills & Estates
        Intellectual Property
        Employment
        Corporate
        Bankruptcy
        """)
    let words: [[UInt8]] = split("General Standard Primary Legacy Priority Special Premium Archive Intake Review")

    private static func split(_ text: String) -> [[UInt8]] {
        text.split(separator: " ").map { word in word.utf8.map { $0 == 0x5F ? 0x20 : $0 } }
    }

    private static func lines(_ text: String) -> [[UInt8]] {
        text.split(separator: "\n").map { Array($0.utf8) }
    }
}

extension Firm {
    /// A text of one to four phrases with quotes around it; `longInThousand` of a thousand run to tens of kilobytes.
    func text(_ output: inout Output, draw: UInt64, longInThousand: Int = 0) {
        let count = draw.inThousand(longInThousand) ? 300 + draw.below(600) : 1 + draw.again(3).below(3)
        output.quote()
        var next = draw
        for position in 0..<count {
            if position > 0 { output.raw(position & 3 == 3 ? #".\n"# : ". ") }
            next = next.again(11)
            output.raw(lexicon.phrases[next.below(lexicon.phrases.count)])
        }
        output.quote()
    }

    /// One of several fragments, with quotes around it.
    func pick(_ output: inout Output, _ fragments: [[UInt8]], _ draw: UInt64) {
        output.quote()
        output.raw(fragments[draw.below(fragments.count)])
        output.quote()
    }

    func contactGiven(_ i: Int) -> [UInt8] { lexicon.given[draw(.contactGiven, i).below(lexicon.given.count)] }
    func contactFamily(_ i: Int) -> [UInt8] { lexicon.family[draw(.contactFamily, i).below(lexicon.family.count)] }
    func contactFirm(_ i: Int) -> [UInt8] { lexicon.firms[draw(.contactFamily, i).below(lexicon.firms.count)] }

    func contactHasMiddleName(_ i: Int) -> Bool { draw(.contactGiven, i).inThousand(300) }

    /// The name of a contact, without quotes.
    func contactName(_ output: inout Output, _ i: Int) {
        if contactIsCompany(i) { return output.raw(contactFirm(i)) }
        output.raw(contactGiven(i))
        output.byte(0x20)
        if contactHasMiddleName(i) { output.raw("Q. ") }
        output.raw(contactFamily(i))
    }

    /// The letter that `initial` compares, or 0 when the last name or company name does not begin with A to Z.
    func contactInitial(_ i: Int) -> UInt8 {
        let first = (contactIsCompany(i) ? contactFirm(i) : contactFamily(i)).first ?? 0
        let upper = first >= 0x61 && first <= 0x7A ? first - 32 : first
        return upper >= 0x41 && upper <= 0x5A ? upper : 0
    }

    func userGiven(_ i: Int) -> [UInt8] { lexicon.given[draw(.userName, i).below(28)] }
    func userFamily(_ i: Int) -> [UInt8] { lexicon.family[draw(.userName, i).again().below(lexicon.family.count)] }

    func userName(_ output: inout Output, _ i: Int) {
        output.raw(userGiven(i))
        output.byte(0x20)
        output.raw(userFamily(i))
    }

    /// The number that people call a matter by, without quotes.
    func matterNumber(_ output: inout Output, _ i: Int) {
        let number = i + 1
        var padding = 10_000
        while padding > number {
            output.byte(0x30)
            padding /= 10
        }
        output.int(number)
        output.byte(0x2D)
        if let client = matterClient(i) {
            output.raw(contactIsCompany(client) ? contactFirm(client) : contactFamily(client))
        }
    }
}
