SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.events (
    seq bigint NOT NULL,
    stream text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    kind text NOT NULL,
    schema bigint NOT NULL,
    body bytea NOT NULL,
    actor text NOT NULL,
    recorded_at bigint NOT NULL,
    command bytea NOT NULL,
    hash bytea NOT NULL
);
ALTER TABLE public.events ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.events_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.meta (
    one integer NOT NULL,
    format bigint NOT NULL,
    journal bytea NOT NULL,
    CONSTRAINT meta_one_check CHECK ((one = 1))
);
CREATE TABLE public.positions (
    "position" bigint NOT NULL,
    event bigint NOT NULL
);
CREATE TABLE public.receipts (
    id bytea NOT NULL,
    actor text NOT NULL,
    operation text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    response bytea NOT NULL,
    versions text NOT NULL,
    recorded_at bigint NOT NULL,
    hash bytea NOT NULL
);
CREATE TABLE public.sealer (
    one integer NOT NULL,
    epoch bigint NOT NULL,
    CONSTRAINT sealer_one_check CHECK ((one = 1))
);
CREATE TABLE public.seals (
    size bigint NOT NULL,
    root bytea NOT NULL,
    sealed_at bigint NOT NULL,
    key_id text NOT NULL,
    algorithm text NOT NULL,
    signature bytea NOT NULL,
    published boolean DEFAULT false NOT NULL
);
CREATE TABLE public.states (
    collection text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    version bigint NOT NULL,
    doc bytea NOT NULL,
    t1 text COLLATE pg_catalog."C",
    t2 text COLLATE pg_catalog."C",
    t3 text COLLATE pg_catalog."C",
    t4 text COLLATE pg_catalog."C",
    i1 bigint,
    i2 bigint,
    i3 bigint,
    i4 bigint,
    hash bytea NOT NULL
);
CREATE TABLE public.tiles (
    level bigint NOT NULL,
    tile bigint NOT NULL,
    hashes bytea NOT NULL
);
CREATE TABLE public.unsealed (
    event bigint NOT NULL
);
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (1, 'line/1', 1, 'line.opened', 1, '\x7b226c696d69745f7975616e223a3130307d', '银行-1', 1764000000000000, '\xdaa4b2771c0db4a0ca3daeaeb779e67c', '\x40f712f6ffd7f029bf9dd2b2b9ab83e8fd3a094a42d78bf3cf6f935dd39c9663');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (2, 'line/1', 2, 'line.drawn', 1, '\x7b2266656e223a317d', '银行-1', 1764000000000000, '\xdaa4b2771c0db4a0ca3daeaeb779e67c', '\x9983845ca9212f63abd2b743001abd10195500886f701b8fcabf23449e649d56');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (3, 'all', 1, 'line.counted', 1, '\x31', '银行-1', 1764000000000000, '\xdaa4b2771c0db4a0ca3daeaeb779e67c', '\xadf8f2f00ebb3c97bcff4a38a66a48f642ff0b41a6c9c653a48fae6dd1a5ae96');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (4, 'line/2', 1, 'line.opened', 1, '\x7b226c696d69745f7975616e223a3230307d', '银行-1', 1764000001000000, '\x4e2171a9d658450c0afc97d8c1229066', '\x53bb003a14929bdf8e09d4817f658f695020090ef538f40b4949a907fdcec621');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (5, 'line/2', 2, 'line.drawn', 1, '\x7b2266656e223a317d', '银行-1', 1764000001000000, '\x4e2171a9d658450c0afc97d8c1229066', '\xbaad844a620ca504b4a141f43eb25bc91e827f1f41856162b98efdf84cabdb5d');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (6, 'all', 2, 'line.counted', 1, '\x32', '银行-1', 1764000001000000, '\x4e2171a9d658450c0afc97d8c1229066', '\x215c5c9309fead0cb1bc8b585e82b1b5581615460bb164389ed7e58fe012861a');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (7, 'line/3', 1, 'line.opened', 1, '\x7b226c696d69745f7975616e223a3330307d', '银行-1', 1764000004000000, '\xe999d34bf1f49edf7614d6b2a6835b5a', '\xf000494fdecaca92800adbc22a5d9a3fb277ee17d6b00b53d47fd8bb33bc0e39');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (8, 'line/3', 2, 'line.drawn', 1, '\x7b2266656e223a317d', '银行-1', 1764000004000000, '\xe999d34bf1f49edf7614d6b2a6835b5a', '\x51f76ab0e57d008b7a2d04759ea1bf9ac101cc78e789e9b4b7770f5061b077d8');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (9, 'all', 3, 'line.counted', 1, '\x33', '银行-1', 1764000004000000, '\xe999d34bf1f49edf7614d6b2a6835b5a', '\x1597f077ace57d5a75070855590a9f4ef19321a651e70c236fb457c0616f9735');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (10, 'line/4', 1, 'line.opened', 1, '\x7b226c696d69745f7975616e223a3430307d', '银行-1', 1764000005000000, '\x1123ece66ace605947ea7bf985384dce', '\xc3972adae9745fd5287ef443a0d236c4c6e158f81f70fa14c77fa00a0d25ac40');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (11, 'line/4', 2, 'line.drawn', 1, '\x7b2266656e223a317d', '银行-1', 1764000005000000, '\x1123ece66ace605947ea7bf985384dce', '\x800452277395debb2dadd258dd132939ae9caa530e27d73ce473f0b36f1b16b6');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (12, 'all', 4, 'line.counted', 1, '\x34', '银行-1', 1764000005000000, '\x1123ece66ace605947ea7bf985384dce', '\x15ad0988119cea2556f5d1865c495eefffa8c84bf5ae141baae2c46b079a7978');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (13, 'line/5', 1, 'line.opened', 1, '\x7b226c696d69745f7975616e223a3530307d', '银行-1', 1764000008000000, '\x505d26fb86349ad2bfbd80e5aebea8d5', '\xfb060b2a0ef41ad437462b31bd7330f34ba19505eeab816d565417a86852caf3');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (14, 'line/5', 2, 'line.drawn', 1, '\x7b2266656e223a317d', '银行-1', 1764000008000000, '\x505d26fb86349ad2bfbd80e5aebea8d5', '\x284cc2e0a07468bccb916c356af47797c6eb560e56967ddd34426b6406cec518');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (15, 'all', 5, 'line.counted', 1, '\x35', '银行-1', 1764000008000000, '\x505d26fb86349ad2bfbd80e5aebea8d5', '\xc51a567ad346e2c80e5ee9cb9e24f1a77d600faff090ab82f7b2f8194ff0b23e');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (16, 'line/6', 1, 'line.opened', 1, '\x7b226c696d69745f7975616e223a3630307d', '银行-1', 1764000009000000, '\x97bf98b73ba1fdb6b704b6054806c213', '\x6cd3773dad8730f184ccbf4a85f4003b916aecd975e4714a42fc499052be71cd');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (17, 'line/6', 2, 'line.drawn', 1, '\x7b2266656e223a317d', '银行-1', 1764000009000000, '\x97bf98b73ba1fdb6b704b6054806c213', '\x1250c980f0b4b38655a2ecbf8c7604156efae7e529c03904b9ae7d1838d80caf');
INSERT INTO public.events OVERRIDING SYSTEM VALUE VALUES (18, 'all', 6, 'line.counted', 1, '\x36', '银行-1', 1764000009000000, '\x97bf98b73ba1fdb6b704b6054806c213', '\x19e97ac9afc4f84a6df5e389f96ba79c66df54386e8609fc574d7091d239825a');
INSERT INTO public.meta VALUES (1, 1, '\x70846a6322064e82b0e0edb87b3337c4');
INSERT INTO public.positions VALUES (0, 1);
INSERT INTO public.positions VALUES (1, 2);
INSERT INTO public.positions VALUES (2, 3);
INSERT INTO public.positions VALUES (3, 4);
INSERT INTO public.positions VALUES (4, 5);
INSERT INTO public.positions VALUES (5, 6);
INSERT INTO public.positions VALUES (6, 7);
INSERT INTO public.positions VALUES (7, 8);
INSERT INTO public.positions VALUES (8, 9);
INSERT INTO public.positions VALUES (9, 10);
INSERT INTO public.positions VALUES (10, 11);
INSERT INTO public.positions VALUES (11, 12);
INSERT INTO public.receipts VALUES ('\xdaa4b2771c0db4a0ca3daeaeb779e67c', '银行-1', 'line.open', 'key-1', '\x1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047', '\x6f70656e65642031', '[{"stream":"line/1","version":2},{"stream":"all","version":1}]', 1764000000000000, '\x7c3f421d517c8dbd0391cc9b5add95c2f0bc023a908a8e0a8f70bf8700b83ce6');
INSERT INTO public.receipts VALUES ('\x4e2171a9d658450c0afc97d8c1229066', '银行-1', 'line.open', 'key-2', '\x1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047', '\x6f70656e65642032', '[{"stream":"line/2","version":2},{"stream":"all","version":2}]', 1764000001000000, '\x28f94bb94e42557ef3893a998485e42a8d4d00fbb42629d9874dc2770be10a70');
INSERT INTO public.receipts VALUES ('\xe999d34bf1f49edf7614d6b2a6835b5a', '银行-1', 'line.open', 'key-3', '\x1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047', '\x6f70656e65642033', '[{"stream":"line/3","version":2},{"stream":"all","version":3}]', 1764000004000000, '\x588c9cabe61abd6be75a3be0f4fee0818addecc189a19321de79ab8b918b8c31');
INSERT INTO public.receipts VALUES ('\x1123ece66ace605947ea7bf985384dce', '银行-1', 'line.open', 'key-4', '\x1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047', '\x6f70656e65642034', '[{"stream":"line/4","version":2},{"stream":"all","version":4}]', 1764000005000000, '\x2cbcc4f96ba3924a839f7544232b39fb55a464734cc0841a8ff9ee7938000b58');
INSERT INTO public.receipts VALUES ('\x505d26fb86349ad2bfbd80e5aebea8d5', '银行-1', 'line.open', 'key-5', '\x1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047', '\x6f70656e65642035', '[{"stream":"line/5","version":2},{"stream":"all","version":5}]', 1764000008000000, '\xa3fe9e9537fab785f2585ad5c8d45a1e1b1ea378198f857d4de12333c54dffed');
INSERT INTO public.receipts VALUES ('\x97bf98b73ba1fdb6b704b6054806c213', '银行-1', 'line.open', 'key-6', '\x1f58b9145b24d108d7ac38887338b3ea3229833b9c1e418250343f907bfd1047', '\x6f70656e65642036', '[{"stream":"line/6","version":2},{"stream":"all","version":6}]', 1764000009000000, '\x5394750cd622670a52cccf7824a43f392f15d82c93e0a91272fc783a4a36c1ba');
INSERT INTO public.sealer VALUES (1, 1);
INSERT INTO public.seals VALUES (6, '\x2f84c4a76a33ced443dc9e6fd13ece50d0e61082a06aa800111300b1059a9833', 1764000002000000, 'b600306cfa76723fdec395e53a9b3d9f', 'ed25519', '\x8dd190030baa177d7736e6193744a18444896bf0eb05a3ab3362ee29708ddcdfb7355be4274700852bd942e6dbdbc050dc0ba42d92983df3266dead504c61d0b', true);
INSERT INTO public.seals VALUES (12, '\xf44a6dcc72f6dc2241cd9f6953ab1df867c807189d90401e28136f5d18f579bc', 1764000006000000, 'b600306cfa76723fdec395e53a9b3d9f', 'ed25519', '\x62433bef0942fe55f5552164487bff609f9e2da70d94fe23dc3db5f024946471d4ea182d6a19b35f1e9b8ee6cd4ccb4f33d0873f149c250a15a3d59710d94805', true);
INSERT INTO public.states VALUES ('line', 'line/1', 2, '\x7b226c696d69745f66656e223a31303030307d', '东城区', NULL, NULL, NULL, 100, NULL, NULL, NULL, '\xf2bf47fbe891317a2da3a9d0f514ebb1dd5ab3fd4b57c2cf63db264ebd0cafd0');
INSERT INTO public.states VALUES ('line', 'line/2', 2, '\x7b226c696d69745f66656e223a32303030307d', '西城区', NULL, NULL, NULL, 200, NULL, NULL, NULL, '\x8f11e2d6b517cbbda87195058a55ec3e58aa2966e59fcbf51815b81f0611f1e8');
INSERT INTO public.states VALUES ('line', 'line/3', 2, '\x7b226c696d69745f66656e223a33303030307d', '东城区', NULL, NULL, NULL, 300, NULL, NULL, NULL, '\xd7d23fa6c223d313e5ce54526f4d7d9585b8826648457845b5ea367e1740910e');
INSERT INTO public.states VALUES ('line', 'line/4', 2, '\x7b226c696d69745f66656e223a34303030307d', '西城区', NULL, NULL, NULL, 400, NULL, NULL, NULL, '\x3bd7bf216f67733551f1dffa94b183a8b325319316755f83231616563f5c8f28');
INSERT INTO public.states VALUES ('line', 'line/5', 2, '\x7b226c696d69745f66656e223a35303030307d', '东城区', NULL, NULL, NULL, 500, NULL, NULL, NULL, '\x3304ae9768cf8ebf2812a5f98edcf324f2794634ac0acf08a0ced1394ff48278');
INSERT INTO public.states VALUES ('line', 'line/6', 2, '\x7b226c696d69745f66656e223a36303030307d', '西城区', NULL, NULL, NULL, 600, NULL, NULL, NULL, '\xaec59afb207d006375afa32b11df4dd8a411c3453c7f2110bed44342193495e2');
INSERT INTO public.tiles VALUES (0, 0, '\x00adfc94376b72941c53c45dfe19827ed684c60903c66976a17824a752437dfcdd18e895a1aed3423ba1f8b802393d74cb13e51bd9ffaf7f96e0291f5a055c549f7373e2893b59398deacf36241396508913fa4ab8d2ce64bdb4a1adb2e40889b9b81bf4f100bdcb65e2ce13a1809c1ebdbfd92de22d6e2f50fd88a55b45493a01697ec67b2e43234cca8240958dd3f32262ca154177db5a5fa2c1d311dfac4548437e33b115efdd3994762342b80ad2e89cd601965b57149db3c158dce7297581ed2cd24ab009db1989435c52ba9b4e8007789cdd651522ac6291fcacabc6b578a5ad2f79a012d3147a986e3f245e285ee777ce97a1f9a881620d96c88c3d734fb8121ed82eefef5e6f0895fb257563171eef9b83ad718efe03c1f347772f9c9ac9dcbe374f15325548eb872aa292fb69e4024c8e35205f3e522e65bc9a208e42738d536f435acbb6b1a4ea650e3f538a2bf3aa92766c63eff1c4a6bf5da7c6ee317dcaf22602e044f6302bc9cc09ffbbc41e8d598fc3c5b5b07cdb2a1209a9');
INSERT INTO public.unsealed VALUES (13);
INSERT INTO public.unsealed VALUES (14);
INSERT INTO public.unsealed VALUES (15);
INSERT INTO public.unsealed VALUES (16);
INSERT INTO public.unsealed VALUES (17);
INSERT INTO public.unsealed VALUES (18);
SELECT pg_catalog.setval('public.events_seq_seq', 18, true);
ALTER TABLE ONLY public.events
    ADD CONSTRAINT events_pkey PRIMARY KEY (seq);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_event_key UNIQUE (event);
ALTER TABLE ONLY public.positions
    ADD CONSTRAINT positions_pkey PRIMARY KEY ("position");
ALTER TABLE ONLY public.sealer
    ADD CONSTRAINT sealer_pkey PRIMARY KEY (one);
ALTER TABLE ONLY public.seals
    ADD CONSTRAINT seals_pkey PRIMARY KEY (size);
ALTER TABLE ONLY public.states
    ADD CONSTRAINT states_pkey PRIMARY KEY (collection, id);
ALTER TABLE ONLY public.tiles
    ADD CONSTRAINT tiles_pkey PRIMARY KEY (level, tile);
ALTER TABLE ONLY public.unsealed
    ADD CONSTRAINT unsealed_pkey PRIMARY KEY (event);
CREATE UNIQUE INDEX events_stream ON public.events USING btree (stream, version);
CREATE UNIQUE INDEX receipts_id ON public.receipts USING btree (id);
CREATE INDEX states_i1 ON public.states USING btree (collection, i1, id) WHERE (i1 IS NOT NULL);
CREATE INDEX states_i2 ON public.states USING btree (collection, i2, id) WHERE (i2 IS NOT NULL);
CREATE INDEX states_i3 ON public.states USING btree (collection, i3, id) WHERE (i3 IS NOT NULL);
CREATE INDEX states_i4 ON public.states USING btree (collection, i4, id) WHERE (i4 IS NOT NULL);
CREATE INDEX states_t1 ON public.states USING btree (collection, t1, id) WHERE (t1 IS NOT NULL);
CREATE INDEX states_t2 ON public.states USING btree (collection, t2, id) WHERE (t2 IS NOT NULL);
CREATE INDEX states_t3 ON public.states USING btree (collection, t3, id) WHERE (t3 IS NOT NULL);
CREATE INDEX states_t4 ON public.states USING btree (collection, t4, id) WHERE (t4 IS NOT NULL);
