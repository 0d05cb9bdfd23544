extension Writers {
    mutating func addContacts() {
        set("Contact", "name") { firm, i, o in
            o.quote()
            firm.contactName(&o, i)
            o.quote()
        }
        set("Contact", "type") { firm, i, o in o.raw(firm.contactIsCompany(i) ? #""Company""# : #""Person""#) }
        person("first_name") { firm, i, o in o.raw(firm.contactGiven(i)) }
        person("last_name") { firm, i, o in o.raw(firm.contactFamily(i)) }
        set("Contact", "middle_name") { firm, i, o in
            guard !firm.contactIsCompany(i), firm.contactHasMiddleName(i) else { return o.null() }
            o.raw(#""Q.""#)
        }
        set("Contact", "prefix") { firm, i, o in
            guard !firm.contactIsCompany(i), firm.draw(.contactTitle, i).inThousand(300) else { return o.null() }
            o.raw(firm.draw(.contactTitle, i) & 1 == 0 ? #""Ms.""# : #""Dr.""#)
        }
        set("Contact", "title") { firm, i, o in
            let draw = firm.draw(.contactTitle, i)
            if firm.contactIsCompany(i) || draw.inThousand(500) { return o.null() }
            firm.pick(&o, firm.lexicon.titles, draw)
        }
        set("Contact", "date_of_birth") { firm, i, o in
            let draw = firm.draw(.contactBirth, i)
            o.date(firm.contactIsCompany(i) || draw.inThousand(600) ? nil : -14_000 + draw.below(26_000))
        }
        set("Contact", "is_client") { firm, i, o in o.bool(firm.contactIsClient(i)) }
        set("Contact", "initials") { firm, i, o in
            if firm.contactIsCompany(i) { return o.null() }
            o.raw(#""X"#)
            o.byte(0x41 + UInt8(firm.draw(.contactFamily, i).below(26)))
            o.quote()
        }
        for (position, prefix) in ["primary", "secondary"].enumerated() {
            set("Contact", prefix + "_email_address") { firm, i, o in
                guard position < firm.contactMails(i) else { return o.null() }
                Writers.mail(firm, i, position, &o)
            }
            set("Contact", prefix + "_phone_number") { firm, i, o in
                guard position < firm.contactPhones(i) else { return o.null() }
                Writers.phone(firm, i, position, &o)
            }
        }
        set("EmailAddress", "address") { firm, i, o in
            let (contact, position) = Links.parent(i)
            Writers.mail(firm, contact, position, &o)
        }
        set("EmailAddress", "primary") { _, i, o in o.bool(Links.parent(i).position == 0) }
        set("EmailAddress", "name") { firm, i, o in o.raw(firm.draw(.contactMail, i) & 1 == 0 ? #""Work""# : #""Home""#)
        }
        set("PhoneNumber", "number") { firm, i, o in
            let (contact, position) = Links.parent(i)
            Writers.phone(firm, contact, position, &o)
        }
        set("PhoneNumber", "primary") { _, i, o in o.bool(Links.parent(i).position == 0) }
        set("Address", "street") { firm, i, o in
            let draw = firm.draw(.contactAddresses, i)
            o.quote()
            o.int(1 + draw.below(9_999))
            o.byte(0x20)
            o.raw(firm.lexicon.streets[draw.again().below(firm.lexicon.streets.count)])
            o.quote()
        }
        set("Address", "city") { firm, i, o in
            firm.pick(&o, firm.lexicon.cities, firm.draw(.contactAddresses, i).again(2))
        }
        set("Address", "postal_code") { firm, i, o in
            o.quote()
            o.int(10_000 + firm.draw(.contactAddresses, i).again(3).below(89_999))
            o.quote()
        }
        set("Address", "province") { _, i, o in o.raw(i & 1 == 0 ? #""CA""# : #""BC""#) }
        set("Address", "country") { _, i, o in o.raw(i & 1 == 0 ? #""US""# : #""Canada""#) }
        set("Address", "primary") { _, i, o in o.bool(Links.parent(i).position == 0) }
    }

    /// A field that companies do not have.
    private mutating func person(_ field: String, _ body: @escaping Writer) {
        set("Contact", field) { firm, i, o in
            if firm.contactIsCompany(i) { return o.null() }
            o.quote()
            body(firm, i, &o)
            o.quote()
        }
    }

    static func mail(_ firm: Firm, _ contact: Int, _ position: Int, _ output: inout Output) {
        output.raw(#""c"#)
        output.int(contact)
        output.raw(position == 0 ? "@example.com\"" : "+x@mail.example.org\"")
    }

    static func phone(_ firm: Firm, _ contact: Int, _ position: Int, _ output: inout Output) {
        let draw = firm.draw(.contactPhones, contact).again(UInt64(position) + 1)
        output.raw(position == 0 ? #""+1 (555) "# : #""555."#)
        output.int(100 + draw.below(900))
        output.byte(0x2D)
        output.int(1_000 + draw.again().below(9_000))
        output.quote()
    }
}

extension Firm {
    func contactMails(_ i: Int) -> Int { draw(.contactMails, i).below(4) }
    func contactPhones(_ i: Int) -> Int { draw(.contactPhones, i).below(4) }
    func contactAddresses(_ i: Int) -> Int { draw(.contactAddresses, i).below(3) }
}
