import type { ErrorTable } from './entry.ts';

/** Drawing, deploying and finding things. */
export const flowErrors = {
  NOT_FOUND: {
    status: 404,
    retryable: false,
    message: (p: { what: string; id: string }) => `There is no ${p.what} '${p.id}'.`,
    remedy: 'It may have been deleted. Go back to the list and pick another.',
  },
  FLOW_HAS_PROBLEMS: {
    status: 409,
    retryable: false,
    message: (p: { count: number; first: string }) =>
      p.count === 1 ? `The flow has a problem: ${p.first}` : `The flow has ${p.count} problems. The first: ${p.first}`,
    remedy: 'Solve the problems listed in the Problems panel, then deploy again.',
  },
  VERSION_HAS_PROBLEMS: {
    status: 409,
    retryable: false,
    message: (p: { version: number; first: string }) => `Version ${p.version} can't be started today: ${p.first}`,
    remedy: 'Bring back what it needs, such as the artifact it names, or correct the draft and deploy that. What is deployed now goes on.',
  },
  FLOW_CHANGED_ELSEWHERE: {
    status: 409,
    retryable: false,
    message: (p: { revision: number }) => `The flow was changed elsewhere in the meantime (now at revision ${p.revision}).`,
    remedy: 'Reload the flow to see the other change, or save your drawing as a copy.',
  },
  FLOW_NOT_DEPLOYED: {
    status: 409,
    retryable: false,
    message: (p: { flow: string }) => `The flow '${p.flow}' is not deployed.`,
    remedy: 'Deploy the flow first.',
  },
  FLOW_STILL_DEPLOYED: {
    status: 409,
    retryable: false,
    message: (p: { flow: string }) => `The flow '${p.flow}' is deployed and can't be deleted.`,
    remedy: 'Undeploy the flow, then delete it.',
  },
  CREDENTIAL_NOT_DEPLOYED: {
    status: 409,
    retryable: false,
    message: (p: { name: string; kind?: string }) => `No ${p.kind ?? 'User Credentials'} artifact named '${p.name}' is deployed.`,
    remedy: 'Create and deploy it under Security, or correct Credential Name in the channel.',
  },
  CERTIFICATE_NOT_DEPLOYED: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `No trusted certificate named '${p.name}' is deployed.`,
    remedy: 'Deploy it under Security, or correct Trusted Certificate in the channel.',
  },
  CREDENTIAL_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `An artifact named '${p.name}' exists already.`,
    remedy: 'Choose another name, or edit the existing artifact.',
  },
  CREDENTIAL_IN_USE: {
    status: 409,
    retryable: false,
    message: (p: { name: string; flows: string }) => `The artifact '${p.name}' is used by ${p.flows}.`,
    remedy: 'Point those flows at another artifact and deploy them, then delete this one.',
  },
  CREDENTIAL_HOST_NOT_ALLOWED: {
    status: 409,
    retryable: false,
    message: (p: { name: string; host: string }) => `The artifact '${p.name}' may not be sent to ${p.host}.`,
    remedy: "Add the host to the artifact's allowed hosts under Security, if it is the right one.",
  },
  MESSAGE_NOT_RERUNNABLE: {
    status: 409,
    retryable: false,
    message: (p: { status: string }) => `A message with the status ${p.status} can't be run again.`,
    remedy: 'Wait until it has ended, or cancel it first.',
  },
  MESSAGE_NOT_UNREAD_AGAIN: {
    status: 409,
    retryable: false,
    message: (p: { subject: string }) => `'${p.subject}' is not waiting to be processed again.`,
    remedy: 'A mail can be processed again once it is done and was marked unread on the mail server; the next poll finds it.',
  },
  MESSAGE_CANCELLED: {
    status: 409,
    retryable: false,
    message: () => 'A person cancelled the message while this ran.',
    remedy: 'The call was cut off: a receiver may have got the message all the same. Look there before you run it again.',
  },
  MESSAGE_NOTHING_FAILED: {
    status: 409,
    retryable: false,
    message: (p: { status: string }) => `A message with the status ${p.status} has no failed step to go on from.`,
    remedy: 'Run it again from the start, if every receiver is to get it once more.',
  },
  MESSAGE_STEP_UNKNOWN: {
    status: 409,
    retryable: false,
    message: (p: { step: string; version: number }) => `The message can't go on from the step '${p.step}' on version ${p.version}.`,
    remedy: 'Choose a step that the message came to and that this version has, or run it again from the start.',
  },
  FLOW_DELETED: {
    status: 409,
    retryable: false,
    message: (p: { flow: string }) => `The flow '${p.flow}' of the message was deleted.`,
    remedy: 'Draw and deploy another flow for its mailbox; the raw mail can be downloaded from the log.',
  },
  MESSAGE_ENDED: {
    status: 409,
    retryable: false,
    message: (p: { status: string }) => `The message has already ended with the status ${p.status}.`,
    remedy: 'There is nothing left to cancel.',
  },
  BULK_ENDED: {
    status: 409,
    retryable: false,
    message: () => 'The bulk action has ended already.',
    remedy: 'There is nothing left to stop.',
  },
  QUARANTINE_NOT_SETTLED: {
    status: 409,
    retryable: false,
    message: () => 'The mail could not be taken out of quarantine.',
    remedy: 'Nothing to do if somebody else has decided on it. If it is still there, its flow may be gone: discard it.',
  },
  VIEW_EXISTS: {
    status: 409,
    retryable: false,
    message: (p: { name: string }) => `There is a view called '${p.name}' already.`,
    remedy: 'Choose another name, or change the existing view.',
  },
  TOO_MANY_VIEWS: {
    status: 409,
    retryable: false,
    message: (p: { limit: number }) => `There are ${p.limit} views already.`,
    remedy: 'Delete views that nobody needs any more.',
  },
} satisfies ErrorTable;
