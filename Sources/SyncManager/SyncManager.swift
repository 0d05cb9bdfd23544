// SyncManager
