// Placeholder of the skeleton commit: the owner of Relay deletes this file.
