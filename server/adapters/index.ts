import type { SenderAdapter } from '../ports/mailbox.ts';
import type { Receiver } from '../ports/steps.ts';
import { fileReceiverAdapter } from './file-receiver.ts';
import { httpReceiverAdapter } from './http-receiver.ts';
import { mailSenderAdapter } from './mail-sender.ts';

/** The behaviour of every adapter of the catalog. Each has its own configuration type; the lists don't tell which. */
export const senders: SenderAdapter[] = [mailSenderAdapter];
export const receivers: Receiver[] = [httpReceiverAdapter, fileReceiverAdapter];
