/** Running a drawing on one mail without touching anything. */

export const simulationsRoutes = {};
