/** Flows as files. */

export const flowFilesRoutes = {};
