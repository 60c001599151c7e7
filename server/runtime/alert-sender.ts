import { asFlowError, FlowError } from '../../shared/errors.ts';
import type { AlertSettings } from '../../shared/alert-schemas.ts';
import type { AlertChannels, AlertDelivery, AlertDeliveryStore, DueDelivery, SendContext } from '../ports/alerts.ts';
import type { Logger } from '../ports/common.ts';
import type { Events } from '../ports/engine.ts';
import { pause, withDeadline } from './deadline.ts';

/** Sends what the watchdog has written. Only what is committed is seen here, so nobody is told of what did not happen. */

export interface SendingRules {
  /** Doubles with each failure … */
  firstRetryMs: number;
  /** … up to this. */
  retryAtMostMs: number;
  /** Older ones are given up. */
  keepUnsentMs: number;
}

export interface AlertSenderParts {
  deliveries: AlertDeliveryStore;
  channels: AlertChannels;
  secrets: SendContext['secrets'];
  publicUrl: string | undefined;
  events: Pick<Events, 'publish'>;
  log: Logger;
  rules: SendingRules & { everyMs: number };
}

/** For one delivery, whatever the other side does. */
export const sendDeadlineMs = 30_000;
/** A delivery whose sender was killed is taken up by another after this. */
const claimMs = sendDeadlineMs + 10_000;
const atOnce = 10;

export interface AlertSender {
  /** Something was written. */
  wake(): void;
  close(): Promise<void>;
}

export function startAlertSender(parts: AlertSenderParts): AlertSender {
  const stopping = new AbortController();
  const sending = new Set<Promise<void>>();
  let bell = new AbortController();
  const wake = () => bell.abort();

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      const due = await parts.deliveries.claimDue(atOnce - sending.size, claimMs).catch((error: unknown) => {
        parts.log.warn({ error: String(error) }, 'alerts to send could not be looked for; trying again');
        return [];
      });
      for (const delivery of due) {
        // What it held up may go, and there is a place again. Others don't wait for a target that is slow.
        const sent = sendOne(parts, delivery, stopping.signal).finally(() => {
          sending.delete(sent);
          wake();
        });
        sending.add(sent);
      }
      await pause(parts.rules.everyMs, AbortSignal.any([bell.signal, stopping.signal]));
      bell = new AbortController();
    }
  })();

  return {
    wake,
    async close() {
      stopping.abort();
      await loop;
      await Promise.all(sending);
    },
  };
}

/** Never rejects: what it could not write is tried again. */
async function sendOne(parts: AlertSenderParts, delivery: DueDelivery, signal: AbortSignal): Promise<void> {
  const { deliveries, events, log, rules } = parts;
  const facts = { target: delivery.target, delivery: delivery.id, attempt: delivery.attempts };
  try {
    const answer = await sendAlerts(parts, delivery, delivery.settings, signal);
    await deliveries.sent(delivery);
    log.info({ ...facts, answer }, 'alerts were sent');
  } catch (error) {
    const reason = asFlowError(error);
    // Stopped in the middle: nobody knows whether it arrived, so it is sent again, under the same key.
    const waitMs = signal.aborted ? 0 : Math.min(rules.firstRetryMs * 2 ** (delivery.attempts - 1), rules.retryAtMostMs);
    log.warn({ ...facts, code: reason.code, reason: reason.message, details: reason.details }, 'alerts could not be sent');
    await deliveries
      .failed(delivery, reason.view(), waitMs, rules.keepUnsentMs)
      .catch((cause: unknown) => log.warn({ ...facts, error: String(cause) }, 'a failed delivery comes back when its claim runs out'));
  }
  events.publish({ kind: 'alert', id: delivery.targetId });
}

/**
 * Hands one delivery to its target.
 *
 * @returns what the other side answered, one line
 * @throws FlowError ALERT_TIMEOUT, WEBHOOK_*, SMTP_*, CREDENTIAL_*, CERTIFICATE_NOT_DEPLOYED
 */
export function sendAlerts(
  { channels, secrets, publicUrl }: Pick<AlertSenderParts, 'channels' | 'secrets' | 'publicUrl'>,
  delivery: AlertDelivery,
  settings: AlertSettings,
  signal: AbortSignal,
): Promise<string> {
  const address = settings.type === 'webhook' ? new URL(settings.url).origin : `${settings.host}:${settings.port}`;
  return withDeadline(
    sendDeadlineMs,
    signal,
    () => new FlowError('ALERT_TIMEOUT', { address, seconds: sendDeadlineMs / 1_000 }),
    (ended) => {
      const context = { signal: ended, secrets, publicUrl };
      return settings.type === 'webhook'
        ? channels.webhook.send(delivery, settings, context)
        : channels.mail.send(delivery, settings, context);
    },
  );
}
