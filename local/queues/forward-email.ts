/**
 * What a service binding can do that the runtime's types do not say: hand on a mail as it came. So mail
 * that comes to the first Worker of the local stack reaches the one that it is for.
 */
interface WithEmail {
	email(message: ForwardableEmailMessage): Promise<void>;
}

export const forwardEmail = (message: ForwardableEmailMessage, worker: Fetcher): Promise<void> =>
	(worker as Fetcher & WithEmail).email(message);
