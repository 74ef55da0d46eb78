// Placeholder of the skeleton commit: the owner of Evaluation deletes this file.
