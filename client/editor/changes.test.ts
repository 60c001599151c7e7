import { describe, expect, it } from 'vitest';
import type { FlowDocument } from '../../shared/flow.ts';
import { changesBetween } from '../../shared/changes.ts';
import { remove, setField, splice } from './document.ts';

const deployed: FlowDocument = {
  nodes: [
    { id: 'mail', type: 'mail-sender', position: { x: 0, y: 0 }, config: { address: 'mail.example.com' } },
    { id: 'filter', type: 'filter', position: { x: 304, y: 0 }, config: {} },
    { id: 'http', type: 'http-receiver', position: { x: 608, y: 0 }, config: {} },
  ],
  edges: [
    { id: 'e1', from: 'mail', to: 'filter' },
    { id: 'e2', from: 'filter', to: 'http' },
  ],
};

describe('changesBetween', () => {
  it('sees nothing in a moved node', () => {
    const moved = { ...deployed, nodes: deployed.nodes.map((node) => ({ ...node, position: { x: 9, y: 9 } })) };
    expect(changesBetween(deployed, moved).count).toBe(0);
  });

  it('sees nothing in a default typed out, nor in a field that is hidden', () => {
    expect(changesBetween(deployed, setField(deployed, 'mail', 'timeoutMs', 30_000)).count).toBe(0);
    expect(changesBetween(deployed, setField(deployed, 'mail', 'archiveFolder', 'Done')).count).toBe(0);
  });

  it('counts a changed field once per node, and not when it is set back', () => {
    const changed = setField(setField(deployed, 'mail', 'address', 'other.example.com'), 'mail', 'folder', 'Orders');
    expect(changesBetween(deployed, changed)).toMatchObject({ changed: ['mail'], count: 1 });
    const back = setField(setField(changed, 'mail', 'address', 'mail.example.com'), 'mail', 'folder', 'INBOX');
    expect(changesBetween(deployed, back).count).toBe(0);
  });

  it('counts a spliced and a healed step as one change', () => {
    const added = splice(deployed, 'e1', { id: 'new', type: 'content-modifier', position: { x: 100, y: 0 }, config: {} });
    expect(changesBetween(deployed, added)).toMatchObject({ added: ['new'], count: 1 });
    const removed = remove(deployed, { nodeIds: new Set(['filter']), edgeIds: new Set() });
    expect(changesBetween(deployed, removed)).toMatchObject({ removed: ['filter'], count: 1 });
  });

  it('counts connections and their order', () => {
    expect(changesBetween(deployed, { ...deployed, edges: deployed.edges.slice(0, 1) }).count).toBe(1);
    expect(changesBetween(deployed, { ...deployed, edges: deployed.edges.toReversed() }).count).toBe(1);
  });
});
