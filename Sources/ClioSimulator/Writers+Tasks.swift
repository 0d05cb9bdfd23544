extension Writers {
    mutating func addTasks() {
        set("Task", "name") { firm, i, o in
            o.quote()
            let draw = firm.draw(.taskText, i)
            o.raw(firm.lexicon.topics[draw.below(firm.lexicon.topics.count)])
            o.raw(" #")
            o.int(i + 1)
            o.quote()
        }
        let statuses: [StaticString] = [#""pending""#, #""in_progress""#, #""in_review""#, #""complete""#, #""draft""#]
        set("Task", "status") { firm, i, o in o.raw(statuses[firm.taskStatus(i)]) }
        let priorities: [StaticString] = [#""High""#, #""Normal""#, #""Low""#]
        set("Task", "priority") { firm, i, o in o.raw(priorities[firm.taskPriority(i)]) }
        set("Task", "description") { firm, i, o in
            let draw = firm.draw(.taskText, i)
            if draw.inThousand(300) { return o.null() }
            firm.text(&o, draw: draw.again(), longInThousand: 5)
        }
        set("Task", "due_at") { firm, i, o in o.date(firm.taskDue(i)) }
        set("Task", "completed_at") { firm, i, o in
            if let done = firm.taskDone(i) { o.instant(done, draw: firm.draw(.taskDone, i) >> 40) } else { o.null() }
        }
        set("Task", "permission") { _, i, o in o.raw(i % 9 == 0 ? #""private""# : #""public""#) }
        set("Task", "statute_of_limitations") { firm, i, o in o.bool(firm.draw(.taskType, i).inThousand(40)) }
        set("Task", "time_estimated") { firm, i, o in
            let draw = firm.draw(.taskEstimate, i)
            if draw.inThousand(500) { o.null() } else { o.int(draw.below(40) * 900) }
        }
        set("Participant", "id") { _, i, o in
            o.int(i & 1 == 0 ? Kind.users.identity.id(i / 2) : Kind.contacts.identity.id(i / 2))
        }
        set("Participant", "type") { firm, i, o in
            o.raw(i & 1 == 0 ? #""User""# : firm.contactIsCompany(i / 2) ? #""Company""# : #""Person""#)
        }
        for field in ["name", "identifier"] {
            set("Participant", field) { firm, i, o in
                o.quote()
                if i & 1 == 0 { firm.userName(&o, i / 2) } else { firm.contactName(&o, i / 2) }
                o.quote()
            }
        }
        set("Participant", "enabled") { firm, i, o in
            if i & 1 == 0 { o.bool(firm.userEnabled(i / 2)) } else { o.null() }
        }
    }

    mutating func addDocuments() {
        set("Document", "type") { _, _, o in o.raw(#""Document""#) }
        set("Document", "deleted_at") { firm, i, o in
            if firm.documentState(i) != 1 { return o.null() }
            o.instant(firm.updated(.documents, i), draw: firm.draw(.documentName, i) >> 40)
        }
        set("Document", "name") { firm, i, o in
            o.quote()
            Writers.fileName(firm, i, &o)
            o.quote()
        }
        finished("filename") { firm, i, o in
            o.quote()
            Writers.fileName(firm, i, &o)
            o.quote()
        }
        finished("size") { firm, i, o in
            let draw = firm.draw(.documentSize, i)
            o.int(draw.inThousand(10) ? 0 : draw.below(draw.inThousand(990) ? 5_000_000 : 2_000_000_000))
        }
        finished("content_type") { firm, i, o in
            let types: [StaticString] = [
                #""application\/pdf""#, #""image\/jpeg""#, #""text\/plain""#,
                #""application\/vnd.openxmlformats-officedocument.wordprocessingml.document""#,
            ]
            o.raw(types[firm.draw(.documentName, i).below(types.count)])
        }
        set("DocumentVersion", "document_id") { _, i, o in o.int(Kind.documents.identity.id(Links.own(i))) }
        set("DocumentVersion", "filename") { firm, i, o in
            o.quote()
            Writers.fileName(firm, Links.own(i), &o)
            o.quote()
        }
        let size = writer(Catalog.Field(name: "size", shape: .integer), of: "Document")
        let type = writer(Catalog.Field(name: "content_type", shape: .text), of: "Document")
        set("DocumentVersion", "size") { firm, i, o in size(firm, Links.own(i), &o) }
        set("DocumentVersion", "content_type") { firm, i, o in type(firm, Links.own(i), &o) }
        set("DocumentVersion", "uuid") { firm, i, o in
            o.quote()
            o.hex(firm.draw(.documentSize, i).again(4))
            o.hex(firm.draw(.documentSize, i).again(5))
            o.quote()
        }
        set("DocumentVersion", "version_number") { firm, i, o in o.int(1 + firm.draw(.documentSize, i).below(5)) }
        set("DocumentVersion", "fully_uploaded") { _, _, o in o.bool(true) }
    }

    /// A field that is null until the upload of a document is finished.
    private mutating func finished(_ field: String, _ body: @escaping Writer) {
        set("Document", field) { firm, i, o in
            if firm.documentState(i) == 2 { o.null() } else { body(firm, i, &o) }
        }
    }

    static func fileName(_ firm: Firm, _ i: Int, _ output: inout Output) {
        let draw = firm.draw(.documentName, i)
        output.raw(firm.lexicon.topics[draw.again().below(firm.lexicon.topics.count)])
        output.raw(" - ")
        output.int(i + 1)
        let endings: [StaticString] = [".pdf", ".jpg", ".txt", ".docx"]
        output.raw(endings[draw.below(endings.count)])
    }
}
