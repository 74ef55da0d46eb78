// Placeholder of the skeleton commit: the owner of Networks deletes this file.
