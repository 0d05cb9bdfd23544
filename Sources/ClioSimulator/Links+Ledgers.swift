/// The links of the lists that name what other records only give the ids of, and of bills, payments and bank accounts.
extension Links {
    mutating func addNames() {
        many("CustomField.picklist_options") { _, i in
            i % Firm.customFields == Firm.picklistField ? Array(0..<Firm.picklistOptions) : []
        }
        // The matter's fields in two sets, the contact's in two.
        many("CustomFieldSet.custom_fields") { _, i in
            let half = Firm.customFields / 2
            return (0..<half).map { i * half + $0 }
        }
        one("Calendar.creator") { _, i in i }
        one("Folder.parent") { firm, i in firm.folderParent(i) }
        one("Folder.matter") { firm, i in firm.folderMatter(i) }
        one("Folder.contact") { firm, i in firm.folderContact(i) }
        one("Contact.folder") { firm, i in firm.contactFolder(i) }
        one("Folder.latest_document_version") { _, _ in nil }
        pool("Folder.document_category", of: 8, inThousand: 300)
        many("ActivityDescription.groups") { firm, i in [i % firm.groups] }
        many("Group.users") { firm, i in (0..<firm.count(.users)).filter { $0 % firm.groups == i } }

        one("Note.matter") { firm, i in firm.noteIsOfContact(i) ? nil : firm.owner(.matters, of: i) }
        one("Note.contact") { firm, i in firm.noteIsOfContact(i) ? firm.owner(.contacts, of: i) : nil }
        one("Note.author") { firm, i in firm.owner(.users, of: i) }
        one("Communication.matter") { firm, i in firm.owner(.matters, of: i) }
        one("Communication.user") { firm, i in firm.owner(.users, of: i) }
        many("Communication.senders") { firm, i in firm.owner(.users, of: i).map { [$0 * 2] } ?? [] }
        many("Communication.receivers") { firm, i in firm.owner(.contacts, of: i).map { [$0 * 2 + 1] } ?? [] }
        let attached = fingerprint("Communication.documents")
        many("Communication.documents") { firm, i in
            let draw = firm.draw(salt: attached, i)
            guard draw.inThousand(300), firm.count(.documents) > 0 else { return [] }
            // What is in the trash is in no list.
            return [draw.again().below(firm.count(.documents))].filter { firm.documentState($0) == 0 }
        }
        one("Relationship.matter") { firm, i in firm.owner(.matters, of: i) }
        one("Relationship.contact") { firm, i in firm.owner(.contacts, of: i) }
        one("LogEntry.item") { firm, i in
            firm.logsContact(i)
                ? firm.owner(.contacts, of: i).map { $0 << 3 | 1 } : firm.owner(.matters, of: i).map { $0 << 3 }
        }
        one("LogEntry.user") { firm, i in firm.owner(.users, of: i) }
        for (name, isOfContact) in [("matter_note", false), ("contact_note", true)] {
            let salt = fingerprint("Activity." + name)
            one("Activity." + name) { firm, i in
                let draw = firm.draw(salt: salt, i)
                guard draw.inThousand(30), firm.count(.notes) > 0 else { return nil }
                let note = draw.again().below(firm.count(.notes))
                return firm.noteIsOfContact(note) == isOfContact ? note : nil
            }
        }
        let talk = fingerprint("Activity.communication")
        one("Activity.communication") { firm, i in
            let draw = firm.draw(salt: talk, i)
            return draw.inThousand(30) && firm.count(.communications) > 0
                ? draw.again().below(firm.count(.communications)) : nil
        }
    }

    mutating func addLedgers() {
        one("Bill.user") { firm, i in firm.owner(.users, of: i) }
        one("Bill.client") { firm, i in firm.billClient(i) }
        many("Bill.matters") { firm, i in [firm.billMatter(i)] }
        one("Bill.currency") { _, _ in 0 }
        one("Bill.original_bill") { _, _ in nil }
        one("Bill.destination_account") { _, i in i % 4 }
        one("LineItem.activity") { firm, i in firm.lineItemActivity(i) }
        one("LineItem.bill") { firm, i in firm.lineItemBill(i) }
        one("LineItem.matter") { firm, i in firm.billMatter(firm.lineItemBill(i)) }
        one("LineItem.user") { [ones] firm, i in
            firm.lineItemActivity(i).flatMap { ones["Activity.user"]?(firm, $0) } ?? firm.owner(.users, of: i)
        }
        // One payment for each bill.
        one("Allocation.bill") { _, i in i }
        one("Allocation.matter") { firm, i in firm.billMatter(i) }
        one("Allocation.contact") { firm, i in firm.billClient(i) }
        one("Allocation.source_bank_account") { _, i in i % 3 == 0 ? 1 : nil }
        one("Allocation.destination_bank_account") { _, _ in 0 }
        one("Allocation.parent") { firm, i in
            i % 20 == 0 && firm.count(.creditMemos) > 0 ? (i / 20 % firm.count(.creditMemos)) << 3 | 6 : nil
        }
        one("CreditMemo.user") { firm, i in firm.owner(.users, of: i) }
        one("CreditMemo.contact") { firm, i in firm.owner(.contacts, of: i) }
        many("CreditMemo.allocations") { firm, i in i * 20 < firm.count(.allocations) ? [i * 20] : [] }
        one("OutstandingClientBalance.contact") { _, i in i * 10 }
        one("OutstandingClientBalance.currency") { _, _ in 0 }
        many("OutstandingClientBalance.outstanding_bills") { firm, i in
            firm.count(.bills) == 0 ? [] : [i % firm.count(.bills)]
        }
        one("BankAccount.user") { _, _ in 0 }
        one("BankTransaction.bank_account") { _, i in i % 4 }
        one("BankTransaction.matter") { firm, i in firm.owner(.matters, of: i) }
        one("BankTransaction.client") { firm, i in firm.owner(.matters, of: i).flatMap { firm.matterClient($0) } }
        one("BankTransaction.bill") { firm, i in
            i % 3 == 0 && firm.count(.bills) > 0 ? i % firm.count(.bills) : nil
        }
        one("BankTransaction.allocation") { firm, i in
            i % 3 == 0 && firm.count(.allocations) > 0 ? i % firm.count(.allocations) : nil
        }
        one("TrustLineItem.bill") { firm, i in i % 2 == 0 && firm.count(.bills) > 0 ? i % firm.count(.bills) : nil }
        one("TrustLineItem.matter") { firm, i in firm.owner(.matters, of: i) }
        one("TrustLineItem.client") { firm, i in firm.owner(.matters, of: i).flatMap { firm.matterClient($0) } }
    }
}

extension Firm {
    static let picklistField = 4
    static let picklistOptions = 6
    private static let noteSalt = fingerprint("Note.type")
    private static let logSalt = fingerprint("LogEntry.type")

    /// The record of another kind that a record belongs to: the same for all fields of the record.
    func owner(_ kind: Kind, of index: Int) -> Int? {
        count(kind) == 0 ? nil : draw(salt: 0x3000 + UInt64(kind.rawValue), index).below(count(kind))
    }

    func noteIsOfContact(_ i: Int) -> Bool { draw(salt: Firm.noteSalt, i).inThousand(300) }
    func logsContact(_ i: Int) -> Bool { draw(salt: Firm.logSalt, i).inThousand(400) }

    /// The first folders are the root folders of the matters, the next ones lie in them, the others belong to contacts.
    func folderParent(_ i: Int) -> Int? {
        (count(.matters)..<matterFolders).contains(i) ? i - count(.matters) : nil
    }
    func folderMatter(_ i: Int) -> Int? { i < matterFolders ? i % max(1, count(.matters)) : nil }
    func folderContact(_ i: Int) -> Int? { i < matterFolders ? nil : (i - matterFolders) * 2 }
    func contactFolder(_ i: Int) -> Int? {
        i % 2 == 0 && matterFolders + i / 2 < count(.folders) ? matterFolders + i / 2 : nil
    }
    private var matterFolders: Int { count(.matters) + count(.matters) / 2 }

    func billMatter(_ i: Int) -> Int { i % max(1, count(.matters)) }
    func billClient(_ i: Int) -> Int? { matterClient(billMatter(i)) }

    /// The bill that an activity is on.
    func activityBill(_ i: Int) -> Int? {
        let billing = activityBilling(i)
        guard billing == 1 || billing == 2, let matter = activityMatter(i) else { return nil }
        return matter + draw(.activityBilling, i).again(2).below(Firm.billsOfMatter) * count(.matters)
    }

    /// The activity that a line item bills; nil for a line without one.
    func lineItemActivity(_ i: Int) -> Int? { activityBill(i * 4) == nil ? nil : i * 4 }
    func lineItemBill(_ i: Int) -> Int { activityBill(i * 4) ?? i % max(1, count(.bills)) }
}
