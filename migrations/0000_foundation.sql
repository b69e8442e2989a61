CREATE TABLE `conversions` (
	`id` text PRIMARY KEY NOT NULL,
	`user_id` text NOT NULL,
	`status` text NOT NULL,
	`filename` text NOT NULL,
	`options` text NOT NULL,
	`source_size_bytes` integer,
	`multipart_upload_id` text,
	`attempt` integer DEFAULT 1 NOT NULL,
	`claim_id` text,
	`phase` text,
	`progress` real DEFAULT 0 NOT NULL,
	`heartbeat_at_ms` integer,
	`last_error` text,
	`outcome` text,
	`settled_at_ms` integer,
	`resend_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	`started_at_ms` integer,
	`finished_at_ms` integer,
	FOREIGN KEY (`user_id`) REFERENCES `users`(`id`) ON UPDATE no action ON DELETE no action
);
--> statement-breakpoint
CREATE INDEX `conversions_by_user` ON `conversions` (`user_id`,`id`);--> statement-breakpoint
CREATE INDEX `conversions_by_status` ON `conversions` (`status`,`resend_at_ms`);--> statement-breakpoint
CREATE TABLE `mails` (
	`conversion_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`leased_until_ms` integer DEFAULT 0 NOT NULL,
	`sent_at_ms` integer,
	`message_id` text,
	PRIMARY KEY(`conversion_id`, `attempt`),
	FOREIGN KEY (`conversion_id`) REFERENCES `conversions`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `users` (
	`id` text PRIMARY KEY NOT NULL,
	`email` text NOT NULL,
	`name` text NOT NULL,
	`password_hash` text NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `users_email_unique` ON `users` (`email`);