import { expect, it } from 'vitest';
import type { DeploymentView } from '../../shared/api/flows.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { deployState } from './deploy-state.ts';
import { setField } from './document.ts';

const draft: FlowDocument = { nodes: [{ id: 'a', type: 'file-receiver', position: { x: 0, y: 0 }, config: {} }], edges: [] };
const deployment: DeploymentView = {
  flowId: 'f',
  flowName: 'Orders',
  version: 1,
  state: 'Started',
  deployedAt: '2026-01-01T00:00:00Z',
  deployedBy: 'admin',
  error: null,
  channels: [],
  counts: {},
};
const facts = { draft, deployedDocument: null, deployment: null, problems: [], isSending: false };
const problem = { level: 'error' as const, code: 'X', message: 'x', remedy: 'y' };

it('offers a drawing that was never deployed', () => {
  expect(deployState(facts)).toEqual({ kind: 'ready', text: 'Not deployed yet' });
});

it('is blocked by errors, not by warnings', () => {
  expect(deployState({ ...facts, problems: [problem, problem] })).toMatchObject({ kind: 'blocked', text: '2 problems' });
  expect(deployState({ ...facts, problems: [{ ...problem, level: 'warning' }] })).toMatchObject({ kind: 'ready' });
});

it('counts what differs from the deployed version', () => {
  const changed = setField(draft, 'a', 'folder', 'orders');
  expect(deployState({ ...facts, draft: changed, deployedDocument: draft, deployment })).toMatchObject({ text: '1 change to deploy' });
  expect(deployState({ ...facts, deployedDocument: draft, deployment })).toMatchObject({ kind: 'current' });
});

it('says that it is starting, and that it could not', () => {
  expect(deployState({ ...facts, isSending: true })).toMatchObject({ kind: 'deploying' });
  const starting = { ...deployment, state: 'Starting' as const };
  expect(deployState({ ...facts, deployedDocument: draft, deployment: starting })).toMatchObject({ kind: 'deploying' });
  const failed = { ...deployment, state: 'Error' as const };
  expect(deployState({ ...facts, deployedDocument: draft, deployment: failed })).toMatchObject({ kind: 'error' });
});
