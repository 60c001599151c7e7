/** What happens on the nodes and connections of a deployed flow. */

export const liveRoutes = {};
