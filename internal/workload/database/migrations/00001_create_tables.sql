-- +goose Up
CREATE TABLE positions (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    title       text NOT NULL,
    description text NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE interviews (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    position_id  bigint NOT NULL REFERENCES positions,
    candidate    text NOT NULL,
    scheduled_at timestamptz NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX interviews_position_id ON interviews (position_id);

CREATE TABLE users (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL,
    email      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX users_email ON users (lower(email));

-- +goose Down
DROP TABLE interviews;
DROP TABLE users;
DROP TABLE positions;
