// Placeholder of the skeleton commit: the owner of Receiver deletes this file.
