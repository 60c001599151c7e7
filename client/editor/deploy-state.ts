import type { DeploymentView } from '../../shared/api/flows.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import type { Problem } from '../../shared/problem.ts';
import { changesBetween } from '../../shared/changes.ts';
import { countText } from './roles.ts';

/** What the Deploy button can do now, and the words beside it. */
export type DeployState =
  | { kind: 'deploying'; text: string }
  | { kind: 'blocked'; text: string; problemCount: number }
  | { kind: 'ready'; text: string }
  | { kind: 'current'; text: string }
  /** Deployed as drawn, but it could not be started. */
  | { kind: 'error'; text: string };

export interface DeployFacts {
  draft: FlowDocument;
  deployedDocument: FlowDocument | null;
  deployment: DeploymentView | null;
  problems: Problem[];
  /** The request to deploy is under way. */
  isSending: boolean;
}

export function deployState({ draft, deployedDocument, deployment, problems, isSending }: DeployFacts): DeployState {
  if (isSending || deployment?.state === 'Starting') return { kind: 'deploying', text: 'Starting…' };
  const changes = deployedDocument ? changesBetween(deployedDocument, draft).count : undefined;
  if (changes === 0 && deployment?.state === 'Error') return { kind: 'error', text: 'Could not start' };
  if (changes === 0) return { kind: 'current', text: 'No changes to deploy' };
  const errors = problems.filter((problem) => problem.level === 'error').length;
  if (errors > 0) return { kind: 'blocked', text: countText(errors, 'problem'), problemCount: errors };
  return { kind: 'ready', text: changes === undefined ? 'Not deployed yet' : `${countText(changes, 'change')} to deploy` };
}
