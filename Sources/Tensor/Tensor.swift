// Placeholder of the skeleton commit: the owner of Tensor deletes this file.
