// Placeholder of the skeleton commit: the owner of ServiceKit deletes this file.
