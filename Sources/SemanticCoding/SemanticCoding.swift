// Placeholder of the skeleton commit: the owner of SemanticCoding deletes this file.
