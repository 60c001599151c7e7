/** States that people see. One list each, used by database, API and screens. */

export const messageStatuses = ['PROCESSING', 'RETRY', 'COMPLETED', 'ESCALATED', 'DISCARDED', 'FAILED', 'CANCELLED', 'ABANDONED'] as const;
export type MessageStatus = (typeof messageStatuses)[number];

/** Statuses that a message leaves only when a person runs it again. */
export const finalStatuses: readonly MessageStatus[] = ['COMPLETED', 'ESCALATED', 'DISCARDED', 'FAILED', 'CANCELLED', 'ABANDONED'];

export const deploymentStates = ['Starting', 'Started', 'Stopping', 'Error'] as const;
export type DeploymentState = (typeof deploymentStates)[number];

/** How the visits of one channel go; a failing poll never makes its deployment Error. */
export const channelHealths = ['waiting', 'ok', 'failing', 'late', 'paused'] as const;
export type ChannelHealth = (typeof channelHealths)[number];

/** `paused`: back-pressure stopped intake; what had come before that was taken in. */
export const pollResults = ['running', 'completed', 'failed', 'skipped', 'paused'] as const;
export type PollResult = (typeof pollResults)[number];

export const runStepOutcomes = ['running', 'completed', 'stopped', 'failed', 'skipped'] as const;
/** `stopped`: a filter ended the message here. `skipped`: the effect was recorded by an earlier attempt. */
export type RunStepOutcome = (typeof runStepOutcomes)[number];

/** `Unauthorized`: a person must authorize it, for the first time or again. `Error`: the provider refuses what is deployed. */
export const oauth2States = ['Deployed', 'Unauthorized', 'Error'] as const;
export type OAuth2State = (typeof oauth2States)[number];

/** Lines of the audit log. `begun`: it runs, or the process ended before it did. */
export const auditOutcomes = ['begun', 'done', 'refused'] as const;
export type AuditOutcome = (typeof auditOutcomes)[number];
