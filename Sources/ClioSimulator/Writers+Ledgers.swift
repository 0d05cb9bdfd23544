/// What the lists of names, and those of bills, payments and bank accounts say.
extension Writers {
    mutating func addNames() {
        set("CustomField", "name") { _, i, o in
            o.raw(#""Custom \"field\" \/ "#)
            o.int(i % Firm.customFields + 1)
            o.quote()
        }
        set("CustomField", "parent_type") { _, i, o in
            if i < Firm.customFields { o.raw(#""Matter""#) } else { o.raw(#""Contact""#) }
        }
        set("CustomField", "deleted") { _, i, o in o.bool(i % Firm.customFields == 6) }
        set("CustomField", "display_order") { _, i, o in o.int(i + 1) }
        set("CustomFieldSet", "parent_type") { _, i, o in
            if i < 2 { o.raw(#""Matter""#) } else { o.raw(#""Contact""#) }
        }
        set("MatterStage", "order") { _, i, o in o.int(i) }
        set("Folder", "root") { firm, i, o in o.bool(firm.folderParent(i) == nil) }
        set("Folder", "locked") { _, _, o in o.bool(false) }
        set("Note", "type") { firm, i, o in
            if firm.noteIsOfContact(i) { o.raw(#""Contact""#) } else { o.raw(#""Matter""#) }
        }
        set("LogEntry", "type") { firm, i, o in
            if firm.logsContact(i) { o.raw(#""ContactLogEntry""#) } else { o.raw(#""MatterLogEntry""#) }
        }
        for thing in ["Note", "Communication"] {
            set(thing, "date") { firm, i, o in
                o.date(firm.created(thing == "Note" ? .notes : .communications, i) / 86_400)
            }
        }
    }

    mutating func addLedgers() {
        set("Bill", "number") { _, i, o in
            o.quote()
            o.int(i + 1)
            o.quote()
        }
        let states: [StaticString] = [
            #""draft""#, #""awaiting_approval""#, #""awaiting_payment""#, #""paid""#, #""void""#, #""deleted""#,
        ]
        set("Bill", "state") { firm, i, o in o.raw(states[firm.billState(i)]) }
        set("Bill", "type") { _, _, o in o.raw(#""MatterBill""#) }
        set("Bill", "kind") { _, _, o in o.raw(#""revenue_kind""#) }
        set("Bill", "issued_at") { firm, i, o in o.date(firm.billIssued(i)) }
        set("Bill", "start_at") { firm, i, o in o.date(firm.billIssued(i).map { $0 - 30 }) }
        set("Bill", "end_at") { firm, i, o in o.date(firm.billIssued(i)) }
        set("Bill", "due_at") { firm, i, o in o.date(firm.billIssued(i).map { $0 + 30 }) }
        set("Bill", "paid_at") { firm, i, o in
            guard firm.billPaid(i) > 0, let issued = firm.billIssued(i) else { return o.null() }
            o.instant((issued + 20) * 86_400, draw: 2)
        }
        for name in ["total", "due", "sub_total"] {
            set("Bill", name) { firm, i, o in o.decimal(firm.billTotal(i), places: 2) }
        }
        set("Bill", "paid") { firm, i, o in o.decimal(firm.billPaid(i), places: 2) }
        set("Bill", "balance") { firm, i, o in o.decimal(firm.billTotal(i) - firm.billPaid(i), places: 2) }
        set("Bill", "available_state_transitions") { _, _, o in o.raw(#"["void"]"#) }
        set("SplitInvoice", "bill_id") { _, i, o in o.int(Kind.bills.identity.id(Links.own(i))) }

        set("LineItem", "date") { firm, i, o in o.date(firm.activityDate(i * 4)) }
        set("LineItem", "type") { firm, i, o in
            if firm.lineItemActivity(i) == nil { o.raw(#""LineItem""#) } else { o.raw(#""ActivityLineItem""#) }
        }
        set("LineItem", "kind") { firm, i, o in
            if firm.activityType(i * 4) == 0 { o.raw(#""Service""#) } else { o.raw(#""Expense""#) }
        }
        set("LineItem", "quantity") { firm, i, o in o.decimal(firm.lineItemQuantity(i), places: 2) }
        set("LineItem", "price") { firm, i, o in o.decimal(firm.activityPrice(i * 4), places: 2) }
        for name in ["total", "sub_total"] {
            set("LineItem", name) { firm, i, o in
                o.decimal(firm.lineItemQuantity(i) * firm.activityPrice(i * 4) / 100, places: 2)
            }
        }
        set("Allocation", "date") { firm, i, o in
            o.date(firm.billIssued(i).map { $0 + 20 } ?? firm.created(.allocations, i) / 86_400)
        }
        set("Allocation", "amount") { firm, i, o in o.decimal(firm.billPaid(i), places: 2) }
        set("Allocation", "voided_at") { firm, i, o in
            if firm.billState(i) == 4 { o.instant(firm.created(.bills, i), draw: 2) } else { o.null() }
        }
        set("OutstandingClientBalance", "newest_issued_bill_due_date") { firm, i, o in o.date(firm.newestDue(i)) }
        set("OutstandingClientBalance", "associated_matter_ids") { firm, i, o in
            o.byte(0x5B)
            if firm.count(.matters) > 0 { o.int(Kind.matters.identity.id(i % firm.count(.matters))) }
            o.byte(0x5D)
        }
        set("BankAccount", "type") { _, i, o in o.raw(i % 2 == 0 ? #""Operating""# : #""Trust""#) }
        set("BankAccount", "currency") { _, _, o in o.raw(#""USD""#) }
        set("BankAccount", "currency_symbol") { _, _, o in o.raw(#""$""#) }
        set("BankAccount", "currency_id") { _, _, o in o.int(Identity(thing: "Currency").id(0)) }
        set("BankTransaction", "bank_account_id") { _, i, o in o.int(Kind.bankAccounts.identity.id(i % 4)) }
        set("BankTransaction", "currency") { _, _, o in o.raw(#""USD""#) }
        set("BankTransaction", "currency_id") { _, _, o in o.int(Identity(thing: "Currency").id(0)) }
        set("BankTransaction", "date") { firm, i, o in o.date(firm.created(.bankTransactions, i) / 86_400) }
        set("BankTransaction", "exchange_rate") { _, _, o in o.raw("1.0") }
        set("BankTransaction", "amount") { firm, i, o in o.decimal(firm.transferred(i), places: 2) }
        set("BankTransaction", "funds_in") { firm, i, o in
            if firm.transferred(i) < 0 { o.null() } else { o.decimal(firm.transferred(i), places: 2) }
        }
        set("BankTransaction", "funds_out") { firm, i, o in
            if firm.transferred(i) < 0 { o.decimal(-firm.transferred(i), places: 2) } else { o.null() }
        }
        set("CreditMemo", "date") { firm, i, o in o.date(firm.created(.creditMemos, i) / 86_400) }
        set("CreditMemo", "amount") { firm, i, o in o.decimal(firm.owed(i), places: 2) }
        set("OutstandingClientBalance", "total_outstanding_balance") { firm, i, o in o.decimal(firm.owed(i), places: 2)
        }
        set("TrustLineItem", "total") { firm, i, o in o.decimal(firm.transferred(i), places: 2) }
        set("TrustLineItem", "date") { firm, i, o in o.date(firm.created(.trustLineItems, i) / 86_400) }
    }
}

extension Firm {
    private static let stateSalt = fingerprint("Bill.state")
    private static let totalSalt = fingerprint("Bill.total")
    private static let quantitySalt = fingerprint("LineItem.quantity")
    private static let fundsSalt = fingerprint("BankTransaction.funds")

    /// draft, awaiting_approval, awaiting_payment, paid, void, deleted.
    func billState(_ i: Int) -> Int {
        let draw = draw(salt: Firm.stateSalt, i).below(100)
        return [10, 15, 45, 95, 98].firstIndex { draw < $0 } ?? 5
    }

    /// In cents.
    func billTotal(_ i: Int) -> Int { 5_000 + draw(salt: Firm.totalSalt, i).below(2_000_000) }

    func billPaid(_ i: Int) -> Int {
        switch billState(i) {
        case 3: billTotal(i)
        case 2 where draw(salt: Firm.totalSalt, i).again().inThousand(400): billTotal(i) / 3
        default: 0
        }
    }

    /// The day; nil before it is issued.
    func billIssued(_ i: Int) -> Int? { billState(i) < 2 ? nil : created(.bills, i) / 86_400 }

    /// The day on which the newest bill of a client is due.
    func newestDue(_ i: Int) -> Int { created(.outstandingBalances, i) / 86_400 + 30 }

    /// Hours in hundredths.
    func lineItemQuantity(_ i: Int) -> Int { 10 + draw(salt: Firm.quantitySalt, i).below(80) * 10 }

    /// In cents: what a client owes, or was given back.
    func owed(_ i: Int) -> Int { 1_000 + draw(salt: Firm.fundsSalt, i).again().below(900_000) }

    /// Cents that came in, or went out.
    func transferred(_ i: Int) -> Int { draw(salt: Firm.fundsSalt, i).below(1_500_000) - 500_000 }
}
