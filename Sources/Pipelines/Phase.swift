/// One pipeline file: a step of an onboarding that can be run, and rerun, on its own.
public struct Phase: Sendable, Equatable {
    /// The name of the file and of the folder below `staging/FIRM`.
    public let name: String
    /// What people see, for example "Matters and primary contacts".
    public let title: String
    /// When an onboarding gets to it, for people: "1", "1-2", "2-5"; empty: at no set time.
    public let day: String
    /// Its place among the phases.
    public let order: Int
    /// Whether a run that names no phase includes it.
    public let isDefault: Bool
    /// What the firm can use once this phase is loaded.
    public let features: [Feature]
    /// What is fetched, in the order of priority.
    public let entities: [Entity]
    /// Queries for people to begin with, in the order of the file.
    public let views: [View]

    /// A phase from its parts.
    public init(
        name: String, title: String, day: String = "", order: Int = 0, isDefault: Bool = true, features: [Feature] = [],
        entities: [Entity], views: [View] = []
    ) {
        self.name = name
        self.title = title
        self.day = day
        self.order = order
        self.isDefault = isDefault
        self.features = features
        self.entities = entities
        self.views = views
    }

    /// The entity with this name.
    public func entity(named name: String) -> Entity? { entities.first { $0.name == name } }
}

/// Something that the firm can use once a phase is loaded.
public struct Feature: Sendable, Equatable {
    /// The stable key, `[a-z_]+`, for example `billing`.
    public let name: String
    /// What people see.
    public let title: String

    /// A feature from its parts.
    public init(name: String, title: String) {
        self.name = name
        self.title = title
    }
}
