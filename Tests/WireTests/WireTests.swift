// Placeholder of the skeleton commit: the owner of Wire deletes this file.
