import type { HttpParts } from './parts.ts';

export function simulationRoutes(_parts: HttpParts) {
  return {};
}
