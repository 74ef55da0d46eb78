// Placeholder of the skeleton commit: the owner of Transmitter deletes this file.
