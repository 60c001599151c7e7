/** How a drawing looks from afar. Steps, not steady growth: what is drawn changes a few times on the way out, not with every turn of the wheel. */

/** 0: in full. From 1 on nodes are plain boxes and connections lie in one layer, in lines as thick as the distance asks for. */
export type FarLevel = 0 | 1 | 2 | 3 | 4;

/** A drawing of fewer nodes is drawn in full for longer: then ports and "+" are at hand. */
const manyNodes = 60;

/** @param zoom screen px per px of the drawing */
export function farLevel(zoom: number, nodeCount: number): FarLevel {
  if (zoom >= (nodeCount > manyNodes ? 0.35 : 0.2)) return 0;
  if (zoom >= 0.26) return 1;
  if (zoom >= 0.17) return 2;
  return zoom >= 0.09 ? 3 : 4;
}

const leastTargetPx = 24;
const targetPx = 28;

/** What a target of 28 px is enlarged by so that it stays 24 px on the screen; in steps of a quarter, 1 where it is large enough as it is. */
export function enlargement(zoom: number): number {
  return Math.max(1, Math.ceil((leastTargetPx / targetPx / zoom) * 4) / 4);
}
