// Copyright 2026 The Interview Tracker Operator authors.
// SPDX-License-Identifier: Apache-2.0

package hiring

import (
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"
)

// Maximum lengths in characters.
const (
	maxName        = 200
	maxDescription = 10_000
	maxEmail       = 254 // RFC 5321
)

// endOfTime leaves room for all time zones: JSON can't have a time after the year 9999.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// record is a pointer to R, which a table stores: the ID, the draft, what is derived from
// other tables, and the time of creation, in the order of the columns.
type record[R any] interface {
	*R
	// draft is a pointer to the fields that clients send.
	draft() any
	// validate checks and trims the draft. The stored record is nil if this one is new.
	validate(stored *R, now time.Time) error
	// values are those of the draft's columns.
	values() []any
}

// Position is a stored position.
type Position struct {
	ID int64 `json:"id"`
	positionDraft
	CreatedAt time.Time `json:"created_at"`
}

type positionDraft struct {
	Title       string `json:"title"`
	Description string `json:"description"`
}

func (p *Position) draft() any { return &p.positionDraft }

func (p *Position) validate(*Position, time.Time) error {
	return errors.Join(
		text("title", &p.Title, 1, maxName),
		text("description", &p.Description, 0, maxDescription),
	)
}

func (p *Position) values() []any { return []any{p.Title, p.Description} }

// Interview is a stored interview.
type Interview struct {
	ID int64 `json:"id"`
	interviewDraft
	PositionTitle string    `json:"position_title"`
	CreatedAt     time.Time `json:"created_at"`
}

type interviewDraft struct {
	PositionID  int64     `json:"position_id"`
	Candidate   string    `json:"candidate"`
	ScheduledAt time.Time `json:"scheduled_at"`
}

func (i *Interview) draft() any { return &i.interviewDraft }

func (i *Interview) validate(stored *Interview, now time.Time) error {
	var noPosition, badTime error
	if i.PositionID < 1 {
		noPosition = errors.New("position_id must name a position")
	}
	moved := stored == nil || !i.ScheduledAt.Equal(stored.ScheduledAt)
	switch {
	case i.ScheduledAt.IsZero():
		badTime = errors.New("scheduled_at must be a time such as 2030-01-31T15:00:00Z")
	case moved && i.ScheduledAt.Before(now): // One that has taken place can still be renamed.
		badTime = errors.New("scheduled_at must not be in the past")
	case !i.ScheduledAt.Before(endOfTime):
		badTime = errors.New("scheduled_at must be before " + endOfTime.Format(time.DateOnly))
	}
	return errors.Join(noPosition, text("candidate", &i.Candidate, 1, maxName), badTime)
}

func (i *Interview) values() []any { return []any{i.PositionID, i.Candidate, i.ScheduledAt} }

// User is a stored user.
type User struct {
	ID int64 `json:"id"`
	userDraft
	CreatedAt time.Time `json:"created_at"`
}

type userDraft struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

func (u *User) draft() any { return &u.userDraft }

func (u *User) validate(*User, time.Time) error {
	err := errors.Join(
		text("name", &u.Name, 1, maxName),
		text("email", &u.Email, 1, maxEmail),
	)
	if err != nil {
		return err
	}
	if address, err := mail.ParseAddress(u.Email); err != nil || address.Address != u.Email {
		return errors.New("email must be an address such as ada@example.com")
	}
	return nil
}

func (u *User) values() []any { return []any{u.Name, u.Email} }

// text trims a value and checks its length in characters.
func text(name string, value *string, least, most int) error {
	*value = strings.TrimSpace(*value)
	if n := utf8.RuneCountInString(*value); n < least || n > most {
		return fmt.Errorf("%s must have %d to %d characters", name, least, most)
	}
	if strings.ContainsRune(*value, 0) || !utf8.ValidString(*value) { // Postgres can't store it.
		return fmt.Errorf("%s must be UTF-8 without NUL", name)
	}
	return nil
}
