import type { AlertChannels } from '../ports/alerts.ts';
import type { Probers } from '../ports/probers.ts';
import type { SenderAdapter } from '../ports/mailbox.ts';
import type { Receiver } from '../ports/steps.ts';
import { alertMail } from './alert-mail.ts';
import { alertWebhook } from './alert-webhook.ts';
import { fileReceiverAdapter } from './file-receiver.ts';
import { httpReceiverAdapter } from './http-receiver.ts';
import { mailSenderAdapter } from './mail-sender.ts';
import { sftpReceiverAdapter } from './sftp-receiver.ts';
import { httpProber } from './probes/http.ts';
import { smtpProber } from './probes/smtp.ts';
import { tlsProber } from './probes/tls.ts';

/** The behaviour of every adapter of the catalog. Each has its own configuration type; the lists don't tell which. */
export const senders: SenderAdapter[] = [mailSenderAdapter];
export const receivers: Receiver[] = [httpReceiverAdapter, sftpReceiverAdapter, fileReceiverAdapter];

/** Tests of connections without a channel. */
export const probers: Probers = { 'smtp-probe': smtpProber, 'tls-probe': tlsProber, 'http-probe': httpProber };

/** The ways to tell people of alerts. */
export const alertChannels: AlertChannels = { webhook: alertWebhook, mail: alertMail };
