/// A filter that splits a list into groups, which are fetched one after the other: matters by practice area.
public struct Grouping: Sendable, Equatable {
    /// The name to ask for it by: `practice_area`.
    public let name: String
    /// The filter's parameter: `practice_area_id`.
    public let parameter: String
    /// What is sent beside it, for example `assignee_type=user`.
    public let with: [Parameter]
    /// Where a record shows the filter's value, two keys at most: `practice_area.id`.
    public let path: [String]
    /// The entity whose staged records say which groups there are.
    public let lookup: TableOwner
    /// The list in each of those records that holds the groups; nil: the records themselves are the groups.
    public let list: String?
    /// Whether, of groups in a list, the filter takes the id of the record that has the list, and not the element's.
    public let takesRecord: Bool
    /// Whether the filter takes `null`, for the records without a value.
    public let takesNull: Bool

    /// A grouping from its parts.
    public init(
        name: String, parameter: String, with: [Parameter] = [], path: [String], lookup: TableOwner,
        list: String? = nil, takesRecord: Bool = false, takesNull: Bool = false
    ) {
        self.name = name
        self.parameter = parameter
        self.with = with
        self.path = path
        self.lookup = lookup
        self.list = list
        self.takesRecord = takesRecord
        self.takesNull = takesNull
    }
}

extension Entity {
    /// The filter with this name.
    public func grouping(named name: String) -> Grouping? { groupings.first { $0.name == name } }
}
