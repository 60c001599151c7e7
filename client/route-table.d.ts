/** Made of shared/api.ts by scripts/route-table.ts. */
declare module 'virtual:route-table' {
  export const routeTable: Record<import('../shared/api.ts').RouteName, Pick<import('../shared/api/route.ts').Route, 'method' | 'path'>>;
}
