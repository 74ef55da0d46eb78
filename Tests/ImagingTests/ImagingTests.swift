// Placeholder of the skeleton commit: the owner of Imaging deletes this file.
