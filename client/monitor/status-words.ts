import type { ProcessView } from '../../shared/api/processes.ts';
import type { ChannelHealth, DeploymentState, MessageStatus, PollResult, RunStepOutcome } from '../../shared/status.ts';
import type { Tone } from '../ui/tone.ts';

/** The tone and, where the state's own name does not say enough, the words for each state people see. */

export const messageTones: Record<MessageStatus, Tone> = {
  PROCESSING: 'info',
  RETRY: 'warn',
  COMPLETED: 'good',
  ESCALATED: 'warn',
  DISCARDED: 'neutral',
  FAILED: 'bad',
  CANCELLED: 'neutral',
  ABANDONED: 'neutral',
};

export const deploymentTones: Record<DeploymentState, Tone> = { Starting: 'info', Started: 'good', Stopping: 'warn', Error: 'bad' };

export const processWords: Record<ProcessView['state'], { text: string; tone: Tone }> = {
  running: { text: 'Running', tone: 'good' },
  stopping: { text: 'Stopping', tone: 'warn' },
  lost: { text: 'Lost', tone: 'bad' },
};

export const healthWords: Record<ChannelHealth, { text: string; tone: Tone }> = {
  waiting: { text: 'Waiting for the first poll', tone: 'neutral' },
  ok: { text: 'OK', tone: 'good' },
  failing: { text: 'Failing', tone: 'bad' },
  late: { text: 'Late', tone: 'warn' },
  paused: { text: 'Paused', tone: 'warn' },
};

export const pollWords: Record<PollResult, { text: string; tone: Tone }> = {
  running: { text: 'Running', tone: 'info' },
  completed: { text: 'Completed', tone: 'good' },
  failed: { text: 'Failed', tone: 'bad' },
  skipped: { text: 'Skipped', tone: 'neutral' },
  paused: { text: 'Paused', tone: 'warn' },
};

export const outcomeWords: Record<RunStepOutcome, { text: string; tone: Tone }> = {
  running: { text: 'Running', tone: 'info' },
  completed: { text: 'Completed', tone: 'good' },
  stopped: { text: 'Ended here', tone: 'neutral' },
  failed: { text: 'Failed', tone: 'bad' },
  skipped: { text: 'Done by an earlier attempt', tone: 'neutral' },
};
