// Placeholder of the skeleton commit: the owner of Channel deletes this file.
